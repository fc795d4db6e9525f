import { expect, test } from '@jest/globals';
import type { PolicyAnswer, PolicyInput } from '../../../src/core/decision/facts.js';
import type { Snapshot } from '../../../src/core/change/snapshot.js';
import { EngineFault } from '../../../src/ports.js';
import type { LoadedPolicy, World } from '../../../src/ports.js';
import { findPolicyChange, judgePolicy } from '../../../src/workflows/judge/policy.js';
import { answer, requires } from '../../support/core/changes.js';
import { decidedAgain } from '../../support/core/decided-again.js';
import { comparison, policy } from '../../support/core/comparing.js';

const digests = { tree: 'in-force', data: 'd', wasm: 'w', compiler: 'c' };
const input = {
  change: { environment: 'production' },
  resource: { name: 'orders-db', provider: 'postgres', owners: [] },
  role: { name: 'read-only', risk: 'normal' },
  settings: {},
} as unknown as PolicyInput;

/** A policy that always gives this answer, or fails with it. */
const answers = (said: PolicyAnswer | Error, tree = 'in-force'): LoadedPolicy => ({
  digests: { ...digests, tree },
  data: policy,
  request: () => (said instanceof Error ? Promise.reject(said) : Promise.resolve(said)),
});

/** A change of rules, judged by the answers of the policy in force and the new one to one known case. */
async function judged(
  inForce: PolicyAnswer | Error,
  given: PolicyAnswer | Error,
  teams: Snapshot['teams'] = {},
  tests_passed: number | null = 1,
) {
  const tree = { id: 'new', files: { 'access/rules/every/x/x.rego': 'package x' } };
  const world = {
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
  const { decided, entry } = await judgePolicy(world, old, snapshot, found, {
    moment: 'step',
    seen: [],
    grants_too: false,
    people: async () => ({ teams, accounts: {}, by_grant: new Set() }),
  });
  decidedAgain({ decisions: [entry] });
  return decided;
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
