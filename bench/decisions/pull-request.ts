import { changesOf, type ChangesQuery } from '../../src/core/change/change.js';
import { decide, type Decision } from '../../src/core/decision/decision.js';
import { policyInput, type PolicyInput } from '../../src/core/decision/facts.js';
import { approverIds, approverTeams } from '../../src/core/policy/approvers.js';
import type { Account, Person } from '../../src/core/grant/person.js';
import type { Review, Snapshot } from '../../src/core/change/snapshot.js';
import type { LoadedPolicy } from '../../src/ports.js';
import { providers } from '../../src/providers/list.js';
import { PEOPLE, type Name } from '../../lab/acme/acme.js';
import { grantFile } from '../../lab/acme/grant-file.js';

/** A Tuesday afternoon in Berlin. */
const NOW = new Date('2026-11-24T13:00:00Z');
const PATH = 'access-grants/production/alice-orders.yml';
const HEAD = 'c0ffee';

const person = (login: Name): Person => ({ id: PEOPLE[login].id, login, type: 'User' });
const account = (login: Name): Account => ({ ...person(login), member: true });
const team = (slug: string, id: number, ...members: Name[]) => ({
  slug,
  id,
  members: members.map(person),
  below: [],
});
const review = (id: number, login: Name): Review => ({
  id,
  author: person(login),
  verdict: 'APPROVED',
  commit: HEAD,
  submitted_at: '2026-11-24T12:50:00Z',
});

/** alice asks to read orders in production; bob (an owner) and carol (security) have approved. */
const snapshot: Snapshot = {
  pull_request: {
    number: 7,
    url: 'https://github.test/acme/access/pull/7',
    title: 'Read orders',
    state: 'open',
    author: person('alice'),
    base_ref: 'main',
    base_changed: false,
    head_ref: 'alice-reads-orders',
    head_sha: HEAD,
    head_repository: 9001,
    merge_commit: null,
    merged_at: null,
  },
  comparison: {
    tip: 'tip',
    head: HEAD,
    merge_base: 'tip',
    grants: [
      {
        path: PATH,
        before: null,
        tip: null,
        after: { mode: '100644', oid: 'blob', content: new TextEncoder().encode(grantFile()) },
      },
    ],
    policies: [],
    policies_tip: 'starter',
    paths_after: [PATH],
  },
  reviews: [review(1, 'bob'), review(2, 'carol')],
  contributors: { people: [person('alice')], unknown: [] },
  teams: {
    payments: team('payments', 1, 'bob'),
    security: team('security', 2, 'carol', 'erin'),
    'on-call': team('on-call', 3, 'dave'),
  },
  families: {},
  accounts: { alice: account('alice') },
  open_pulls: [],
  shares_head_with: [],
};

/** The first half of a decision: parses the file, computes the change and gathers the facts for the policy. */
export function question({ data }: LoadedPolicy): {
  readonly digest: string;
  readonly input: PolicyInput;
} {
  const query: ChangesQuery = {
    comparison: snapshot.comparison,
    accounts: snapshot.accounts,
    ...{ data, providers, live: [], over: [], used: [], now: NOW },
  };
  const [change] = changesOf(query).changes;
  if (!change) throw new Error('the grant file makes no change');
  const facts = { change, siblings: [], snapshot, data, live: [], history: [], now: NOW };
  return { digest: change.digest, input: policyInput(facts) };
}

/** A whole decision: parse, facts, policy, who counts, matching. */
export async function decision(policy: LoadedPolicy): Promise<Decision> {
  const { digest, input } = question(policy);
  const answer = await policy.request(input);
  return decide({
    digest,
    subject_id: input.subject.id,
    consent_of: null,
    answer,
    core_denials: [],
    reviews: snapshot.reviews,
    seen: snapshot.reviews.map(({ id, author, commit }) => ({
      ...{ review: id, pull_request: 7, author, commit, digests: [digest], unreadable: null },
    })),
    requester: snapshot.pull_request.author,
    contributors: snapshot.contributors,
    teams: snapshot.teams,
    accounts: snapshot.accounts,
    approver_teams: approverTeams(policy.data),
    ids: approverIds(policy.data, null, snapshot),
    bots: [],
  });
}
