import { changesOf, type ChangesQuery } from '../../../src/core/change/change.js';
import type { GrantRecord } from '../../../src/core/grant/record.js';
import type { Account } from '../../../src/core/grant/person.js';
import { approverIds, approverTeams } from '../../../src/core/policy/approvers.js';
import { parsePolicyData } from '../../../src/core/policy/data.js';
import type { Comparison, FileVersion } from '../../../src/core/change/snapshot.js';
import { PATH, bytes, file } from './grant-files.js';
import { minute, record, told, type Told } from '../../../lab/acme/story.js';
import { person } from './people.js';
import { SETTINGS, providers } from './policy-files.js';

const ORDERS = `provider: postgres
owners: [payments]
roles:
  read-only: { entitlement: { member_of: orders_reader } }
  same-by-another-name: { entitlement: { member_of: orders_reader } }
  read-write: { entitlement: { member_of: orders_writer }, risk: high }
environments: { production: { target: orders } }
`;
const parsed = parsePolicyData(
  {
    'settings.yaml': SETTINGS,
    'identities.yaml':
      'patterns: { postgres: "{login}", strict: "{login}" }\npeople: { alice: { github_id: 101, postgres: alice_s } }\n',
    'catalog/orders-db.yaml': ORDERS,
    'catalog/strict-db.yaml': ORDERS.replace('provider: postgres', 'provider: strict').replaceAll(
      /(member_of: \w+ \})/g,
      '$1, actions: [a, b]',
    ),
  },
  providers,
);
if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));

/** A policy whose catalog gives what the story's grant was given. */
export const policy = parsed.value;

/** Who its approvers are. */
export const approvers = approverIds(policy, null, {
  teams: Object.fromEntries(
    approverTeams(policy).map((slug, at) => [slug, { slug, id: at + 1, members: [], below: [] }]),
  ),
  accounts: { zoe: null },
});

const account = (login: string): Account => ({ ...person(login), member: true });
export const accounts: Readonly<Record<string, Account | null>> = {
  alice: account('alice'),
  frank: account('frank'),
  'helper-bot': account('helper-bot'),
  nobody: null,
};

/** The text of a file at the merge base, at the tip and after; null for no file. */
export type Texts = readonly [before: string | null, tip: string | null, after: string | null];

const version = (text: string | null): FileVersion | null =>
  text === null ? null : { mode: '100644', oid: text, content: bytes(text) };

export function comparison(
  files: Readonly<Record<string, Texts>>,
  others: string[] = [],
): Comparison {
  const all = Object.entries(files);
  return {
    ...{ tip: 'tip', head: 'head', merge_base: 'base', policies: [], policies_tip: 'in-force' },
    grants: all.map(([path, [before, tip, after]]) => ({
      path,
      before: version(before),
      tip: version(tip),
      after: version(after),
    })),
    paths_after: [
      ...all.filter(([, [, , after]]) => after !== null).map(([path]) => path),
      ...others,
    ],
  };
}

/** The story's grant after 30 minutes: `scheduled` has no window yet, `active` has 17:01 to 21:01. */
export const scheduled = (change: Parameters<typeof told.approved>[1] = {}): GrantRecord =>
  record(told.approved(0, change));
export const active = (...more: readonly Told[]): GrantRecord =>
  record(told.approved(), told.activating(1), told.activated(1), ...more);

export const query = (
  files: Readonly<Record<string, Texts>>,
  live: readonly GrantRecord[],
  more: Partial<ChangesQuery> = {},
): ChangesQuery => ({
  comparison: comparison(files),
  data: policy,
  accounts,
  providers,
  live,
  over: [],
  used: [],
  now: new Date(minute(30)),
  ...more,
});

/** What new content of the story's file does: kinds in order, or the messages of problems. */
export function does(
  after: Readonly<Record<string, string | null>> | null,
  live: readonly GrantRecord[],
  more: Partial<ChangesQuery> = {},
): string[] {
  const text = after && file({ ticket: 'INC-4821', ...after });
  const { changes, problems } = changesOf(query({ [PATH]: ['x', 'x', text] }, live, more));
  return [...changes.map(({ kind }) => kind), ...problems.map(({ message }) => message)];
}
