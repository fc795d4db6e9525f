import { describe, expect, test } from '@jest/globals';
import type { Review, Snapshot } from '../../../src/core/change/snapshot.js';
import type { SeenReview } from '../../../src/core/decision/seen-review.js';
import type { NewEntry } from '../../../src/core/ledger/events.js';
import type { GrantRecord } from '../../../src/core/grant/record.js';
import { approverIds } from '../../../src/core/policy/approvers.js';
import type { PolicyData } from '../../../src/core/policy/catalog.js';
import { report } from '../../../src/core/report/report.js';
import type { World } from '../../../src/ports.js';
import { judge } from '../../../src/workflows/judge/changes.js';
import { recordDecisions } from '../../../src/workflows/judge/record-decisions.js';
import { entitled, landing, minute, record, told } from '../../../lab/acme/story.js';
import { comparison } from '../../support/core/comparing.js';
import { decidedAgain } from '../../support/core/decided-again.js';
import { person, review } from '../../support/core/people.js';
import { SETTINGS, providers } from '../../support/core/policy-files.js';
import { file, parsePoints, point } from '../../support/core/points.js';
import { reporting } from '../../support/core/reporting.js';

const OWNERS = 'policy_owners: { teams: [root], users: [Zoe], count: 3 }';
const settings = SETTINGS.replace(OWNERS, 'policy_owners: { teams: [root], count: 2 }');

const NONE = 'points: {}';
const ORDERS = [{ resource: 'orders-db', environments: ['production'] }];
const API = file({ 'orders-api': point({ guards: ORDERS }) });

function policyOf(points: string): PolicyData {
  const parsed = parsePoints(points, { 'settings.yaml': settings });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}

/** A pull request of alice's that changes nothing but enforcement.yaml, with its approvals. */
async function look(
  [before, after]: readonly [string, string],
  reviews: readonly Review[] = [],
  live: readonly GrantRecord[] = [],
) {
  const [inForce, given] = [policyOf(before), policyOf(after)];
  const root = ['bob', 'carol', 'dave'].map(person);
  const team = (slug: string, id: number, members = root) => ({ slug, id, members, below: [] });
  const teams: Snapshot['teams'] = {
    root: team('root', 1),
    security: team('security', 2),
    'on-call': team('on-call', 4),
    payments: team('payments', 3, [person('erin')]),
  };
  const entries: NewEntry[] = [];
  const none = async () => [];
  const { grants: policies } = comparison({ 'policies/enforcement.yaml': [before, before, after] });
  const compared = { ...comparison({}), policies };
  const digests = (tree: string) => ({ tree, data: 'd', wasm: 'w', compiler: 'c' });
  const tree = (id: string, text: string) => ({ id, files: { 'enforcement.yaml': text } });
  const world = {
    providers,
    ledger: {
      ...{ identities: none, pending: none, knownCases: none, lastDecision: async () => null },
      grants: async ({ states }: { states?: readonly string[] }) =>
        live.filter(({ state }) => states?.includes(state)),
      policyTree: async () => tree('in-force', before),
      reviewsSeen: async () =>
        entries.filter(({ kind }) => kind === 'review.seen').map(({ body }) => body as SeenReview),
      append: async (_: Date, more: readonly NewEntry[]) => (entries.push(...more), []),
    },
    repository: { policiesAfter: async () => tree('new', after), compare: async () => compared },
    policy: {
      trial: async () => ({
        ...{ problems: [], tests_passed: 1, policy: { digests: digests('new'), data: given } },
      }),
    },
    pullRequests: { people: async () => ({ teams: {}, accounts: {} }) },
  } as unknown as World;
  const policy = {
    ...{ digests: digests('in-force'), data: inForce, request: none as never, use: none as never },
    approvers: approverIds(inForce, null, { teams, accounts: {} }),
    wasm: new Uint8Array(),
  };
  const snapshot = {
    pull_request: { number: 7, author: person('alice'), head_sha: 'head' },
    comparison: compared,
    contributors: { people: [person('alice')], unknown: [] },
    ...{ reviews, teams, accounts: {}, families: {}, open_pulls: [], shares_head_with: [] },
  } as unknown as Snapshot;
  const now = new Date(minute(0));
  const judged = await judge(world, policy, snapshot, { moment: 'pull_request', now });
  await recordDecisions(world, 7, decidedAgain(judged), now);
  if (!judged.policies) throw new Error('policy did not change');
  const { decided } = judged.policies;
  return { ...decided, summary: report(reporting({ policies: decided })).summary };
}

const approvals = (...logins: string[]) =>
  logins.map((login, n) => ({ ...review(n + 1, login), commit: 'head' }));

describe('invariants 2, 27: who may ask at use changes by policy', () => {
  test('two policy owners approve it; an owner of the resource that it guards has no say', async () => {
    const outcome = async (...logins: string[]) =>
      (await look([NONE, API], approvals(...logins))).decision.outcome;
    expect(await outcome()).toBe('awaiting_review');
    expect(await outcome('bob', 'erin')).toBe('awaiting_review');
    expect(await outcome('bob', 'carol')).toBe('approved');
  });

  test('the check says in words who may ask about what', async () => {
    const { summary } = await look([NONE, API]);
    expect(summary).toContain(
      '**Who may ask at use**:\n\n- orders-api is new. It speaks authzen and may ask about orders-db in production.',
    );
    expect(summary).toContain('the secret ENFORCER\\_ORDERS\\_API\\_TOKEN of the operator');
  });

  const change = {
    declared: { ...landing.declared, scope: { actions: ['select'] } },
    entitled: { ...entitled, scope_points: ['orders-api'] },
  };
  const scoped = record(told.approved(0, change), told.activating(1), told.activated(1));

  test('invariant 19: it says whose scope nothing would hold any more', async () => {
    const warned = async (points: readonly [string, string], grant = scoped) =>
      (await look(points, [], [grant])).decision.warnings;
    expect(await warned([API, NONE])).toMatchObject([
      { rule: 'core/policy', message: expect.stringContaining(`any more: ${scoped.id}.`) },
    ]);
    const other = file({ mesh: point({ guards: ORDERS }) });
    expect(await warned([API, other])).toEqual([]);
    expect(await warned([NONE, API])).toEqual([]);
    const whole = record(told.approved(), told.activating(1), told.activated(1));
    expect(await warned([API, NONE], whole)).toEqual([]);
    const ended = record(told.approved(0, change), told.activating(1), told.expired(2));
    expect(await warned([API, NONE], ended)).toEqual([]);
  });
});
