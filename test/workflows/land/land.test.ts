import { describe, expect, test } from '@jest/globals';
import type { NewEntry } from '../../../src/core/ledger/events.js';
import type { GrantRecord } from '../../../src/core/grant/record.js';
import { READER } from '../../../src/core/ledger/archived-policy.js';
import { fingerprint } from '../../../src/core/reading/canonical.js';
import { Conflict } from '../../../src/ports.js';
import type { Expect, LandedSteps, StepFacts, World } from '../../../src/ports.js';
import { land } from '../../../src/workflows/land/land.js';
import { accounts, approvers, comparison, policy } from '../../support/core/comparing.js';
import { PATH, bytes, file } from '../../support/core/grant-files.js';
import { minute, record, told } from '../../../lab/acme/story.js';
import { providers } from '../../support/core/policy-files.js';

const source = { installation_id: 77, owner_id: 1, repository_id: 9, default_branch: 'main' };
const active = record(told.approved(), told.activating(1), told.activated(1));

/** Live grants, each with its own path. */
const live = (count: number): GrantRecord[] =>
  Array.from({ length: count }, (_, n) => {
    const path = `access-grants/production/${String(n)}.yml`;
    const subject = { id: 1000 + n, login: `dev-${String(n)}` };
    return { ...active, id: `${path}@c0ffee`, subject, declared: { ...active.declared, path } };
  });

/** A worker whose policy does not load, and a branch of steps, each of which takes away the files of some grants. */
function worker(grants: readonly GrantRecord[], ...removing: (readonly GrantRecord[])[]) {
  const written: NewEntry[] = [];
  const expected: (Expect | undefined)[] = [];
  const told: string[] = [];
  const steps = removing.map((_, n): StepFacts => ({
    commit: `step-${String(n + 1)}`,
    parent: `step-${String(n)}`,
    pull_request: null,
  }));
  const world = {
    clock: { now: async () => new Date(minute(30)) },
    repository: {
      source: async () => ({ source, tip: steps.at(-1)?.commit }),
      steps: async () => ({ steps, untold: null }),
      stepComparison: async (step: StepFacts, only: readonly string[]) => ({
        grants: (removing[steps.indexOf(step)] ?? [])
          .map(({ declared }) => ({ path: declared.path, after: null }))
          .filter(({ path }) => only.includes(path)),
      }),
    },
    policy: {
      load: async () => ({ ok: false, problems: [] }),
      read: () => ({ ok: false, problems: [] }),
    },
    ledger: {
      state: async () => ({
        started: { source },
        stopped: null,
        last_step: 'step-0',
        policy: { tree: 't1' },
        approvers,
      }),
      policyTree: async () => ({ id: 't1', files: {} }),
      grants: async () => grants,
      grant: async (id: string) => grants.find((grant) => grant.id === id) ?? null,
      append: async (_: Date, entries: readonly NewEntry[], options: { expect?: Expect } = {}) => {
        written.push(...entries);
        expected.push(options.expect);
        return entries;
      },
    },
    log: {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: (_: object, message: string) => void told.push(message),
    },
  } as unknown as World;
  return { world, written, expected, told };
}

describe('invariants 7, 16: if the policy in force does not load, no step lands', () => {
  test('but what any of them takes away ends anyway', async () => {
    const [one, other, stays] = live(3) as [GrantRecord, GrantRecord, GrantRecord];
    const { world, written } = worker([one, other, stays], [one], [], [other]);
    await expect(land(world)).rejects.toThrow('does not load');
    expect(written).toMatchObject([
      { kind: 'grant.ending', grant: one.id, body: { why: expect.stringContaining('step-1') } },
      { kind: 'grant.ending', grant: other.id, body: { why: expect.stringContaining('step-3') } },
    ]);
  });

  test.each<[string, Record<string, string>, object]>([
    [
      'an earlier end',
      { duration: '1h' },
      { kind: 'grant.narrowed', body: { window: { duration_seconds: 3600 } } },
    ],
    ['another subject', { subject: 'bob' }, { kind: 'grant.ending' }],
    ['another role', { role: 'read-write' }, { kind: 'grant.ending' }],
    ['a start to come', { starts_at: `"${minute(60)}"` }, { kind: 'grant.ending' }],
  ])('and so does what it takes away by %s', async (_, change, expected) => {
    const [one, stays] = live(2) as [GrantRecord, GrantRecord];
    const { world, written } = worker([one, stays], [one], [stays]);
    const files: Record<string, string> = {
      [one.declared.path]: file(change),
      [stays.declared.path]: file(),
    };
    const { stepComparison } = world.repository;
    Object.assign(world.repository, {
      stepComparison: async (step: StepFacts, only: readonly string[]) => ({
        grants: (await stepComparison(step, only)).grants.map((of) => ({
          ...of,
          after: { mode: '100644', content: bytes(files[of.path] ?? '') },
        })),
      }),
    });
    await expect(land(world)).rejects.toThrow('does not load');
    expect(written).toMatchObject([{ grant: one.id, ...expected }]);
  });

  test('invariant 20: a step that takes away very many ends none of them, and this is logged', async () => {
    const all = live(12);
    const { world, written, told } = worker(all, all);
    await expect(land(world)).rejects.toThrow('does not load');
    expect(written).toEqual([]);
    expect(told).toEqual([expect.stringContaining('it would end grants of 12 of the 12 people')]);
  });
});

test('invariant 7: a step is only written if the step before and the grants are those that it was judged by', async () => {
  const [ends, stays, other] = live(3) as [GrantRecord, GrantRecord, GrantRecord];
  const { world, written, expected } = worker([ends, stays, other], []);
  const stepComparison = async () =>
    comparison({ [ends.declared.path]: ['x', 'x', null], [PATH]: [null, null, file()] });
  Object.assign(world.repository, { stepComparison });
  Object.assign(world.policy, {
    load: async () => ({ ok: true, policy: { data: policy, digests: { tree: 't1' } } }),
  });
  Object.assign(world.ledger, { identities: async () => [] });
  Object.assign(world, { providers, pullRequests: { people: async () => ({ accounts }) } });
  await land(world);
  const added = `${PATH}@step-1`;
  expect(written.map(({ kind, grant }) => [kind, grant])).toEqual([
    ['step.landed', null],
    ['grant.ending', ends.id],
    ['grant.quarantined', added],
  ]);
  expect(ends.version).toBeGreaterThan(0);
  expect(expected).toEqual([
    { last_step: 'step-0', grants: { [ends.id]: ends.version, [added]: 0 } },
  ]);
});

test('a step that another worker landed meanwhile is read again, and ends nothing here', async () => {
  const [one] = live(1) as [GrantRecord];
  const { world, written } = worker([one], [one]);
  Object.assign(world.policy, { load: () => Promise.reject(new Conflict('landed meanwhile')) });
  await expect(land(world)).rejects.toThrow('landed meanwhile');
  expect(written).toEqual([]);
});

test('invariant 16: if GitHub cannot list the steps, what they take away ends anyway', async () => {
  const [one, stays] = live(2) as [GrantRecord, GrantRecord];
  const { world, written } = worker([one, stays], [one]);
  const steps = () => Promise.reject(new Error('GitHub is away'));
  const stepComparison = async () => ({
    grants: [{ path: one.declared.path, after: null }],
  });
  Object.assign(world.repository, { steps, stepComparison });
  await expect(land(world)).rejects.toThrow('GitHub is away');
  expect(written).toMatchObject([{ kind: 'grant.ending', grant: one.id }]);
});

describe('invariant 10: activation is paused, and the entry has the code of the reason', () => {
  const paused = async (change: object) => {
    const { world, written } = worker([], []);
    Object.assign(world.repository, change);
    expect(await land(world)).toBeNull();
    return written;
  };

  test('if an id is not the recorded one', async () => {
    const now = { ...source, owner_id: source.owner_id + 1 };
    const why = 'owner_id is not what was recorded at first start';
    expect(await paused({ source: async () => ({ source: now, tip: 'step-1' }) })).toEqual([
      {
        ...{ kind: 'source.differs', grant: null, pull_request: null },
        body: {
          ...{ found: { owner_id: now.owner_id }, why },
          reasons: [{ code: 'source_changed', message: why }],
        },
      },
    ]);
  });

  test('if the branch was rewritten', async () => {
    expect(await paused({ steps: async () => 'rewritten' })).toMatchObject([
      { kind: 'source.differs', body: { found: {}, reasons: [{ code: 'branch_rewritten' }] } },
    ]);
  });
});

describe('a step that GitHub has not linked to its pull request', () => {
  const waiting = (for_ms: number) => {
    const [grant] = live(1) as [GrantRecord];
    const { world, written, told } = worker([grant], [grant]);
    const { repository } = world;
    const steps = async () => {
      const landed = (await repository.steps('', '')) as LandedSteps;
      return { steps: [], untold: { steps: landed.steps, for_ms } };
    };
    return { world: { ...world, repository: { ...repository, steps } }, grant, written, told };
  };

  test('waits, and GitHub is asked again soon', async () => {
    const { world, written } = waiting(0);
    expect(await land(world)).toEqual(new Date(Date.parse(minute(30)) + 2_000));
    expect(written).toEqual([]);
  });

  test('invariant 16: but what it takes away does not wait long', async () => {
    const { world, grant, written } = waiting(10_000);
    expect(await land(world)).toEqual(new Date(Date.parse(minute(30)) + 2_000));
    expect(written).toMatchObject([{ kind: 'grant.ending', grant: grant.id }]);
  });
});

describe('invariant 6: a ledger from before the ids of approvers were recorded', () => {
  /** The branch takes away a grant; the ledger knows no approvers until they are written. */
  function old(people: () => Promise<unknown>) {
    const [one] = live(1) as [GrantRecord];
    const at = worker([one], [one]);
    const { world, written } = at;
    const { state } = world.ledger;
    const recorded = () => written.find(({ kind }) => kind === 'policy.approvers');
    Object.assign(world.ledger, {
      identities: async () => [],
      state: async () => ({
        ...(await state()),
        policy: digests,
        approvers: recorded() ? approvers : null,
      }),
    });
    const digests = { tree: 't1', data: fingerprint(policy), reader: READER };
    Object.assign(world.policy, {
      load: async () => ({ ok: true, policy: { data: policy, digests } }),
      read: () => ({ ok: true, value: policy }),
    });
    const { stepComparison } = world.repository;
    Object.assign(world.repository, {
      stepComparison: async (step: StepFacts, only?: readonly string[]) =>
        only ? stepComparison(step, only) : comparison({ [one.declared.path]: ['x', 'x', null] }),
    });
    Object.assign(world, { providers, pullRequests: { people } });
    return at;
  }
  const teams = Object.fromEntries(
    Object.entries(approvers.teams).map(([slug, id]) => [slug, { slug, id, members: [] }]),
  );

  test('gets them at the first look, before anything lands', async () => {
    const { world, written } = old(async () => ({ teams, accounts: { ...accounts, zoe: null } }));
    await land(world);
    expect(written).toMatchObject([
      { kind: 'policy.approvers', body: { tree: 't1', approvers } },
      { kind: 'step.landed' },
      { kind: 'grant.ending' },
    ]);
  });

  test('lands nothing while GitHub cannot say them, and ends what the steps take away', async () => {
    const { world, written } = old(() => Promise.reject(new Error('a page failed')));
    await expect(land(world)).rejects.toThrow('a page failed');
    expect(written.map(({ kind }) => kind)).toEqual(['grant.ending']);
  });
});
