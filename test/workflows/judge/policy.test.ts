import { describe, expect, test } from '@jest/globals';
import type { PolicyAnswer, PolicyInput } from '../../../src/core/decision/facts.js';
import type { Snapshot } from '../../../src/core/change/snapshot.js';
import type { Reason } from '../../../src/core/reading/reason.js';
import { EngineFault } from '../../../src/ports.js';
import type { World } from '../../../src/ports.js';
import type { PolicyInForce } from '../../../src/workflows/judge/in-force.js';
import { findPolicyChange, askAboutPolicy } from '../../../src/workflows/judge/policy.js';
import { answer, requires } from '../../support/core/changes.js';
import { decidedAgain } from '../../support/core/decided-again.js';
import { providers } from '../../support/core/policy-files.js';
import { approvers, comparison, policy } from '../../support/core/comparing.js';

const digests = { tree: 'in-force', data: 'd', wasm: 'w', compiler: 'c' };
const input = {
  change: { environment: 'production' },
  resource: { name: 'orders-db', provider: 'postgres', owners: [] },
  role: { name: 'read-only', risk: 'normal' },
  settings: {},
} as unknown as PolicyInput;

/** A policy that always gives this answer, or fails with it. */
const answers = (said: PolicyAnswer | Error, tree = 'in-force'): PolicyInForce => ({
  approvers,
  digests: { ...digests, tree },
  data: policy,
  wasm: new Uint8Array(),
  use: () => Promise.reject(new Error('not asked')),
  request: () => (said instanceof Error ? Promise.reject(said) : Promise.resolve(said)),
});

/** A change of rules, judged by the answers of the policy in force and the new one to one known case. */
async function judged(
  inForce: PolicyAnswer | Error,
  given: PolicyAnswer | Error,
  teams: Snapshot['teams'] = {},
  tests_passed: number | null = 1,
) {
  const { decided } = await judge({ inForce, given, teams, tests_passed });
  return decided;
}

async function judge({
  inForce = answer(),
  given = answer(),
  teams = {},
  tests_passed = 1,
  people = null,
  denied = [],
}: {
  inForce?: PolicyAnswer | Error;
  given?: PolicyAnswer | Error;
  teams?: Snapshot['teams'];
  tests_passed?: number | null;
  people?: Error | null;
  denied?: readonly Reason[];
}) {
  const tree = { id: 'new', files: { 'access/rules/every/x/x.rego': 'package x' } };
  const world = {
    providers,
    ledger: {
      policyTree: async () => ({ id: 'in-force', files: {} }),
      knownCases: async () => [{ path: 'access-grants/production/a.yml', pull_request: 3, input }],
    },
    repository: { policiesAfter: async () => tree },
    policy: {
      trial: async () => ({ policy: answers(given, 'new'), problems: [], tests_passed }),
    },
  } as unknown as World;
  const { grants: policies } = comparison({ 'policies/x': [null, null, '1'] });
  const snapshot = {
    pull_request: { number: 7, author: null },
    comparison: { ...comparison({}), policies },
    reviews: [],
    contributors: { people: [], unknown: [] },
  } as unknown as Snapshot;
  const old = answers(inForce);
  const found = await findPolicyChange(world, old, snapshot.comparison);
  if (!found) throw new Error('policy did not change');
  const known = Object.fromEntries(Object.keys(approvers.teams).map((slug) => [slug, null]));
  const of = {
    teams: { ...known, ...teams },
    accounts: { zoe: null },
    by_grant: new Set<number>(),
  };
  const asked = await askAboutPolicy(world, old, snapshot, found, {
    moment: 'step',
    grants_too: false,
    people: () => (people ? Promise.reject(people) : Promise.resolve(of)),
  });
  const { decided, entry, ...more } = asked.decide([], denied);
  decidedAgain({ decisions: [entry] });
  return { decided, entry, decision: decided.decision, ...more };
}

const asks = answer({ require: [requires('r/owner', { teams: ['payments'] })] });
const fault = new EngineFault('it did not answer within 1000 ms');

test('a known case is reported if its outcome differs between the two policies', async () => {
  const { known } = await judged(answer(), asks);
  expect(known.differing).toMatchObject([
    {
      was: 'denied, because no rule approves it or asks for approvals',
      is: 'needs 1 of payments (r/owner)',
    },
  ]);
});

test('a known case that the policy in force cannot answer does not prevent a change of it', async () => {
  const { known, problems } = await judged(fault, asks);
  expect(problems).toEqual([]);
  expect(known.differing).toMatchObject([
    { was: 'no answer', is: 'needs 1 of payments (r/owner)' },
  ]);
});

test('invariant 3: a known case that the new policy cannot answer is a problem', async () => {
  const { problems, decision } = await judged(asks, fault);
  expect(problems).toMatchObject([{ message: expect.stringContaining('it cannot answer what') }]);
  expect(decision.outcome).toBe('denied');
});

test('invariant 2: policy owners who cannot be resolved approve nothing', async () => {
  const [team] = policy.settings.policy_owners.teams;
  if (team === undefined) throw new Error('these settings name no team');
  const { decision } = await judged(answer(), answer(), { [team]: null });
  expect(decision).toMatchObject({
    outcome: 'denied',
    denials: expect.arrayContaining([
      expect.objectContaining({ message: `asks for the team ${team}, which GitHub does not know` }),
    ]),
  });
});

test('invariant 2: rules whose tests could not be run do not come into force', async () => {
  const { problems, decision } = await judged(asks, asks, {}, null);
  expect(problems).toMatchObject([
    { message: expect.stringContaining('the Rego tests were not run') },
  ]);
  expect(decision.outcome).toBe('denied');
});

test('invariant 2: a change that no check shows whole is denied, and its entry says so', async () => {
  const large: Reason = { code: 'cannot_show_all', rule: 'core/report', message: 'too much' };
  const { decision, landing } = await judge({ denied: [large] });
  expect(decision).toMatchObject({ outcome: 'denied', denials: expect.arrayContaining([large]) });
  expect(landing.decision).toEqual(decision);
});

describe('invariant 6: who the approvers of a new policy are', () => {
  const team = (slug: string, id: number) => ({ slug, id, members: [], below: [] });
  const everybody = Object.fromEntries(
    Object.entries(approvers.teams).map(([slug, id]) => [slug, team(slug, id ?? 0)]),
  );

  test('comes into force with it: a name in force keeps its id, whoever has it now', async () => {
    const taken = { ...everybody, security: team('security', 666) };
    const { landing, decision } = await judge({ teams: taken });
    expect(landing.approvers).toEqual(approvers);
    expect(decision.warnings[0]).toMatchObject({
      message: expect.stringMatching(/no such approver: the account zoe\. Nobody counts/),
    });
  });

  test('an owner whose team was made anew approves no change of policy', async () => {
    const taken = { ...everybody, root: team('root', 666) };
    const { decision } = await judge({ teams: taken });
    expect(decision.denials).toMatchObject([
      { code: 'approver_changed', message: expect.stringContaining('asks for the team root') },
      { code: 'unknown_user' },
    ]);
  });

  test('the entry has who was asked: by the policies, and then', async () => {
    const { entry } = await judge({ teams: everybody });
    const root = { teams: { root: approvers.teams['root'] }, users: { zoe: null } };
    expect(entry.body).toMatchObject({ grounds: { ids: root } });
  });

  test('a GitHub that cannot say who they are lets no policy come into force', async () => {
    await expect(judge({ people: new Error('a page failed') })).rejects.toThrow('a page failed');
  });
});
