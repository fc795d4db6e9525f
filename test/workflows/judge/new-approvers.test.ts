import { describe, expect, test } from '@jest/globals';
import type { Entry, NewEntry } from '../../../src/core/ledger/events.js';
import type { Review, Snapshot } from '../../../src/core/change/snapshot.js';
import type { SeenReview } from '../../../src/core/decision/seen-review.js';
import type { Account } from '../../../src/core/grant/person.js';
import { approverIds } from '../../../src/core/policy/approvers.js';
import { parsePolicyData } from '../../../src/core/policy/data.js';
import type { World } from '../../../src/ports.js';
import { judge } from '../../../src/workflows/judge/changes.js';
import { recordDecisions } from '../../../src/workflows/judge/record-decisions.js';
import { minute } from '../../../lab/acme/story.js';
import { decidedAgain } from '../../support/core/decided-again.js';
import { comparison } from '../../support/core/comparing.js';
import { person, review } from '../../support/core/people.js';
import { FILES, providers, SETTINGS } from '../../support/core/policy-files.js';

const OWNERS = 'policy_owners: { teams: [root], users: [Zoe], count: 3 }';
const settings = (teams: string, owners: string, ids = '') => {
  const text = SETTINGS.replace('[security, on-call]', teams).replace(OWNERS, owners) + ids;
  const parsed = parsePolicyData({ ...FILES, 'settings.yaml': text }, providers);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
};
const inForce = settings('[security]', 'policy_owners: { teams: [root], count: 2 }');
/** Names anew a team that is there, one that is not, one whose id it says, and a person. */
const given = settings(
  '[security, on-call, late, written]',
  'policy_owners: { teams: [root], users: [zoe], count: 2 }',
  'ids: { teams: { written: 6 } }\n',
);

const digests = (tree: string) => ({ tree, data: 'd', wasm: 'w', compiler: 'c' });
const team = (slug: string, id: number, ...members: string[]) => ({
  ...{ slug, id, members: members.map(person), below: [] },
});
const zoe = (id: number): Account => ({ id, login: 'zoe', type: 'User', member: true });

/** A pull request of alice's that changes policies/, the GitHub of that, and a worker that remembers what it recorded. */
function asking() {
  const owners = ['bob', 'carol', 'dave', 'erin'];
  const teams: Snapshot['teams'] = {
    root: team('root', 1, ...owners),
    security: team('security', 2),
    payments: team('payments', 3),
  };
  const github = {
    teams: { 'on-call': team('on-call', 4), late: null, written: team('written', 7) } as Record<
      string,
      ReturnType<typeof team> | null
    >,
    accounts: { zoe: zoe(190) } as Record<string, Account | null>,
  };
  const entries: NewEntry[] = [];
  const bodies = (...kinds: Entry['kind'][]) =>
    entries.filter((one) => kinds.includes(one.kind)).map(({ body }) => body);
  const { grants: policies } = comparison({ 'policies/settings.yaml': ['1', '1', '2'] });
  const compared = { ...comparison({}), policies };
  const none = async () => [];
  const world = {
    providers,
    ledger: {
      ...{ grants: none, identities: none, pending: none, knownCases: none },
      policyTree: async (id: string) => ({ id, files: {} }),
      reviewsSeen: async () => bodies('review.seen') as SeenReview[],
      lastDecision: async (_: number, digest: string) => {
        const all = bodies('policy.judged') as { digest: string }[];
        const last = all.findLast((body) => body.digest === digest);
        return last ? { body: JSON.stringify(last) } : null;
      },
      append: async (_: Date, more: readonly NewEntry[]) => {
        entries.push(...more);
        return [];
      },
    },
    repository: {
      policiesAfter: async () => ({ id: 'new', files: { 'settings.yaml': 'x' } }),
      compare: async () => compared,
    },
    policy: {
      trial: async () => ({
        ...{ problems: [], tests_passed: 1 },
        policy: { digests: digests('new'), data: given },
      }),
    },
    pullRequests: { people: async () => github },
  } as unknown as World;
  const approvers = approverIds(inForce, null, { teams, accounts: {} });
  const nobody = none as never;
  const policy = {
    ...{ approvers, digests: digests('in-force'), data: inForce },
    ...{ request: nobody, use: nobody, wasm: new Uint8Array() },
  };
  const look = async (moment: 'pull_request' | 'step', reviews: readonly Review[] = []) => {
    const snapshot = {
      pull_request: { number: 7, author: person('alice'), head_sha: 'head' },
      comparison: compared,
      contributors: { people: [person('alice')], unknown: [] },
      ...{ reviews, teams, accounts: {}, families: {}, open_pulls: [], shares_head_with: [] },
    } as unknown as Snapshot;
    const now = new Date(minute(0));
    const judged = decidedAgain(await judge(world, policy, snapshot, { moment, now }));
    await recordDecisions(world, 7, judged, now);
    if (!judged.policies) throw new Error('policy did not change');
    const { decided, landing } = judged.policies;
    const why = decided.decision.not_counted.map(({ code, message }) => [code, message]);
    return { ...decided, landing, outcome: decided.decision.outcome, why };
  };
  return { look, github, entries };
}

/** Approvals of the head by people of root: enough for the owners of both policies. */
const approvals = (commit = 'head', from = 1) =>
  ['bob', 'carol', 'dave', 'erin'].map((login, n) => ({ ...review(from + n, login), commit }));
const shown = { teams: { late: null, 'on-call': 4 }, users: { zoe: 190 } };
type GitHub = ReturnType<typeof asking>['github'];

describe('invariants 2, 6: approvals of a change of policy are for the approvers that it names anew', () => {
  test('who they are is shown, and comes into force if they are the same at the step', async () => {
    const { look } = asking();
    expect(await look('pull_request')).toMatchObject({ new_approvers: shown });
    expect(await look('pull_request', approvals())).toMatchObject({ outcome: 'approved' });
    const { outcome, landing } = await look('step', approvals());
    expect(outcome).toBe('approved');
    expect(landing.approvers).toMatchObject({ teams: { 'on-call': 4, late: null, written: 6 } });
  });

  const attacks: [string, (github: GitHub) => void, string][] = [
    [
      'a team that was made anew',
      ({ teams }) => (teams['on-call'] = team('on-call', 44)),
      'the team on-call was the one with the id 4 and is now the one with the id 44',
    ],
    [
      'a slug that nobody had and somebody took',
      ({ teams }) => (teams['late'] = team('late', 55)),
      'the team late was nobody and is now the one with the id 55',
    ],
    [
      'a login that somebody gave up and another took',
      ({ accounts }) => (accounts['zoe'] = zoe(666)),
      'the account zoe was the one with the id 190 and is now the one with the id 666',
    ],
    [
      'a login that nobody has any more',
      ({ accounts }) => (accounts['zoe'] = null),
      'the account zoe was the one with the id 190 and is now nobody',
    ],
  ];
  const voided = (what: string) =>
    approvals().map(() => [
      'approval_of_others',
      `the policy names approvers who were others when it was given: ${what}`,
    ]);

  test.each(attacks)('between approval and step, %s voids them', async (_, attack, what) => {
    const { look, github } = asking();
    await look('pull_request');
    await look('pull_request', approvals());
    attack(github);
    const { outcome, why } = await look('step', approvals());
    expect(why).toEqual(voided(what));
    expect(outcome).not.toBe('approved');
  });

  test.each(attacks)(
    'between the check that they read and the approvals, %s voids them',
    async (_, attack, what) => {
      const { look, github } = asking();
      await look('pull_request');
      attack(github);
      for (const commit of ['head', 'older'])
        expect(await look('step', approvals(commit))).toMatchObject({ why: voided(what) });
    },
  );

  test('approvals after the check has shown the new ones are for those', async () => {
    const { look, github, entries } = asking();
    await look('pull_request');
    await look('pull_request', approvals());
    github.teams['on-call'] = team('on-call', 44);
    const again = await look('pull_request', approvals());
    expect(again).toMatchObject({ new_approvers: { teams: { 'on-call': 44 } } });
    expect(again.outcome).toBe('awaiting_review');
    const anew = [...approvals(), ...approvals('head', 5)];
    expect(await look('step', anew)).toMatchObject({ outcome: 'approved' });
    expect(entries.filter(({ kind }) => kind === 'review.seen')).toHaveLength(8);
  });

  test('other people are recorded even before anybody has approved', async () => {
    const { look, github } = asking();
    await look('pull_request');
    github.teams['on-call'] = team('on-call', 44);
    await look('pull_request');
    expect(await look('step', approvals())).toMatchObject({ outcome: 'approved' });
  });

  test('invariant 5: what was recorded before approvers were is compared without them', async () => {
    const { look, entries } = asking();
    await look('pull_request', approvals());
    for (const { kind, body } of entries)
      if (kind === 'review.seen') delete (body as { new_approvers?: unknown }).new_approvers;
    expect(await look('step', approvals())).toMatchObject({ outcome: 'approved' });
  });
});
