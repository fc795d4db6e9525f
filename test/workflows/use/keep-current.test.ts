import { describe, expect, test } from '@jest/globals';
import { starterData } from '../../../lab/acme/policy.js';
import { record, told, window } from '../../../lab/acme/story.js';
import type { GrantRecord } from '../../../src/core/grant/record.js';
import { policyTreeId } from '../../../src/core/policy/tree-id.js';
import type { ChangedGrant, PolicyAtUse, PolicyInForceAtUse } from '../../../src/ports.js';
import { keepCurrent } from '../../../src/workflows/use/keep-current.js';

const STALE_MS = 10_000;
const treeOf = (text: string) => {
  const plain = { id: '', files: { 'README.md': text }, executable: [] };
  return { ...plain, id: policyTreeId(plain) };
};
const trees = [treeOf('one'), treeOf('two')] as const;
const digests = { tree: trees[0].id, data: 'd1', wasm: 'w1', compiler: 'c1', reader: 1 };

/** A ledger that is read by one process, and a clock that the test moves. */
function world() {
  const rows = new Map<string, ChangedGrant>();
  const said: string[] = [];
  const begun: string[] = [];
  const at = { steady_ms: 1_000, wall_ms: 5_000_000 };
  const state = {
    head: 3,
    now: '2026-11-24T17:00:00.000Z',
    policy: { seq: 1, recorded: digests, default_branch: 'main' } as PolicyInForceAtUse,
    compiled: true,
    fails: null as string | null,
    /** Called between what is confirmed and what is read. */
    meanwhile: (): void => undefined,
  };
  const answer = async <T>(what: string, value: () => T): Promise<T> => {
    said.push(what);
    if (state.fails !== null && what.startsWith(state.fails)) throw new Error('away');
    return value();
  };
  const kept = keepCurrent({
    feed: {
      confirm: (version) => answer(`confirm ${version}`, () => state.meanwhile()),
      changes: (after, limit) =>
        answer(`changes after ${after}`, () => ({
          rows: [...rows.values()]
            .filter(({ version }) => version > after)
            .sort((one, other) => one.version - other.version)
            .slice(0, limit),
          head: state.head,
          at: state.now,
        })),
      inForce: () => answer('in force', () => state.policy),
      compiled: () =>
        answer('compiled', () => ({
          tree: trees.find(({ id }) => id === state.policy.recorded.tree) ?? trees[0],
          wasm: state.compiled ? new Uint8Array() : null,
        })),
      forgetSilent: () => answer('forget', () => undefined),
      leave: () => answer('leave', () => undefined),
    },
    compiler: 'c1',
    start: ({ tree }) => ({
      ok: true,
      value: {
        digests: { ...digests, tree: tree.id },
        data: starterData,
        use: () => ({ deny: [], warn: [], approve: [] }),
      } satisfies PolicyAtUse,
    }),
    record: (text) => JSON.parse(text) as GrantRecord,
    reading: () => ({ ...at }),
    testTime: null,
    stale_after_ms: STALE_MS,
    begun: (policy) => void begun.push(policy.digests.tree),
    log: { debug: () => 0, info: () => 0, warn: () => 0, error: () => 0 },
  });
  const put = (id: string, version: number, grant: GrantRecord | null) => {
    rows.set(id, { id, version, record: grant && JSON.stringify({ ...grant, id }) });
    state.head = Math.max(state.head, version);
  };
  const pass = (ms: number) => {
    at.steady_ms += ms;
    at.wall_ms += ms;
  };
  const why = () => {
    const known = kept.current();
    return 'why' in known ? known.why : null;
  };
  const seen = () => {
    const known = kept.current();
    if ('why' in known) throw new Error(known.why);
    return known.grants.of(101, 'orders-db').map(({ id }) => id);
  };
  return { kept, state, said, begun, at, put, pass, why, seen };
}

const active = record(told.approved(), told.activating(1, window(1, 240)), told.activated());

describe('invariant 27: what a decision process goes by', () => {
  test('it knows nothing before it has read, and says so', async () => {
    const { kept, why } = world();
    expect(why()).toBe('it has not read the ledger yet');
    await kept.look();
    expect(why()).toBeNull();
  });

  test('it confirms before it reads, and a version only once its changes are applied', async () => {
    const { kept, said, put } = world();
    put('g1', 7, active);
    await kept.look();
    expect(said).toEqual([
      ...['confirm 0', 'changes after 0', 'forget', 'in force', 'compiled', 'confirm 7'],
    ]);
    said.length = 0;
    await kept.look();
    expect(said).toEqual(['confirm 7', 'changes after 7', 'in force']);
    put('g1', 9, null);
    said.length = 0;
    await kept.look();
    expect(said).toEqual(['confirm 7', 'changes after 7', 'in force', 'confirm 9']);
  });

  test('a whole page is followed by the next', async () => {
    const { kept, put, seen } = world();
    for (let n = 1; n <= 2_500; n += 1) put(`g${n}`, n, active);
    await kept.look();
    expect(seen()).toHaveLength(2_500);
  });

  test.each([
    ['the steady clock says so', (ms: number) => ({ steady_ms: ms, wall_ms: 0 })],
    [
      'the machine slept, and only the clock of the day went on',
      (ms: number) => ({ steady_ms: 0, wall_ms: ms }),
    ],
    [
      'the clock of the day was turned back',
      (ms: number) => ({ steady_ms: ms, wall_ms: -3_600_000 }),
    ],
  ])('after %s, what was read too long ago denies', async (_, by) => {
    const { kept, why, at } = world();
    await kept.look();
    const { steady_ms, wall_ms } = by(STALE_MS);
    at.steady_ms += steady_ms;
    at.wall_ms += wall_ms;
    expect(why()).toBeNull();
    at.steady_ms += Math.sign(steady_ms);
    at.wall_ms += Math.sign(wall_ms);
    expect(why()).toMatch(/for 10 s$/);
  });

  test.each(['confirm', 'changes', 'in force'])(
    'while %s fails nothing counts as read, and it denies in time',
    async (what) => {
      const { kept, state, pass, why } = world();
      await kept.look();
      state.fails = what;
      for (let n = 0; n < 11; n += 1) {
        pass(1_000);
        await kept.look();
      }
      expect(why()).toBe('the ledger does not answer, for 11 s');
      state.fails = null;
      await kept.look();
      expect(why()).toBeNull();
    },
  );

  test('one that was silent reads everything anew, after its row says that it is there', async () => {
    const { kept, state, pass, put, said, seen } = world();
    put('g1', 7, active);
    await kept.look();
    expect(seen()).toEqual(['g1']);
    pass(STALE_MS + 1);
    // Whoever ended it while this one was silent did not wait for it.
    state.meanwhile = () => put('g1', 8, null);
    said.length = 0;
    await kept.look();
    expect(said.slice(0, 3)).toEqual(['confirm 0', 'changes after 0', 'forget']);
    expect(seen()).toEqual([]);
  });

  test('after a connection broke everything is read anew: the next may lead to a server that lacks some of it', async () => {
    const { kept, state, put, said, seen } = world();
    put('g1', 7, active);
    await kept.look();
    // Another server, on which entry 7 is of something else, and later ones followed.
    put('g1', 6, null);
    state.head = 9;
    kept.distrust();
    said.length = 0;
    await kept.look();
    expect(said.slice(0, 2)).toEqual(['confirm 0', 'changes after 0']);
    expect(seen()).toEqual([]);
    state.fails = 'changes';
    await kept.look();
    state.fails = null;
    said.length = 0;
    await kept.look();
    expect(said[0]).toBe('confirm 0');
  });

  test('a whole reading that takes longer than it may be silent ends all the same', async () => {
    const { kept, put, pass, state, seen } = world();
    for (let n = 1; n <= 3_500; n += 1) put(`g${n}`, n, active);
    state.meanwhile = () => pass(4_000);
    await kept.look();
    expect(seen()).toHaveLength(3_500);
  });

  test('a ledger that was restored is read anew', async () => {
    const { kept, state, put, seen } = world();
    put('g1', 7, active);
    await kept.look();
    put('g1', 2, null);
    state.head = 2;
    await kept.look();
    await kept.look();
    expect(seen()).toEqual([]);
  });

  test.each([
    [
      'that no worker has compiled',
      (state: ReturnType<typeof world>['state']) => void (state.compiled = false),
      /no worker of this version has compiled/,
    ],
    [
      'that is not what was recorded',
      (state: ReturnType<typeof world>['state']) =>
        void (state.policy = {
          ...{ seq: 2, default_branch: 'main' },
          recorded: { ...digests, tree: trees[1].id, data: 'other' },
        }),
      /is not what the ledger recorded/,
    ],
  ])('a policy %s is not asked, and the one before not for long', async (_, change, says) => {
    const { kept, state, put, seen, pass, why } = world();
    put('g1', 1, active);
    await kept.look();
    expect(seen()).toEqual(['g1']);
    state.policy = {
      ...{ seq: 2, default_branch: 'main' },
      recorded: { ...digests, tree: trees[1].id },
    };
    change(state);
    await kept.look();
    // What ends meanwhile counts at once, however often the policy could not be started.
    put('g1', 4, null);
    state.head = 4;
    pass(5_000);
    await kept.look();
    expect([why(), seen()]).toEqual([null, []]);
    pass(5_001);
    await kept.look();
    expect(why()).toMatch(says);
  });

  test('a policy that begins is told once; who was let in last is known of it', async () => {
    const { kept, state, begun, pass } = world();
    const last = () => {
      const known = kept.current();
      return 'why' in known ? known.last : 'current';
    };
    expect(last()).toBeNull();
    for (let n = 0; n < 3; n += 1) await kept.look();
    expect(begun).toEqual([trees[0].id]);
    expect(last()).toBe('current');
    state.policy = { ...state.policy, seq: 2, recorded: { ...digests, tree: trees[1].id } };
    await kept.look();
    expect(begun).toEqual([trees[0].id, trees[1].id]);
    pass(STALE_MS + 1);
    expect(last()).toMatchObject({ now: new Date('2026-11-24T17:00:10.001Z') });
  });

  test('the time is never behind the database, and never goes back', async () => {
    const { kept, state, pass, at } = world();
    await kept.look();
    const now = () => {
      const known = kept.current();
      return 'why' in known ? null : known.now.toISOString();
    };
    pass(1_500);
    expect(now()).toBe('2026-11-24T17:00:01.500Z');
    at.wall_ms -= 60_000;
    expect(now()).toBe('2026-11-24T17:00:01.500Z');
    state.now = '2026-11-24T16:59:55.000Z';
    await kept.look();
    expect(now()).toBe('2026-11-24T17:00:01.500Z');
  });

  test('a clock of the day that was far ahead for a moment is left behind at the next look', async () => {
    const { kept, state, at } = world();
    await kept.look();
    const now = () => {
      const known = kept.current();
      return 'now' in known ? known.now.toISOString() : null;
    };
    at.wall_ms += 86_400_000;
    now();
    at.wall_ms -= 86_400_000;
    state.now = '2026-11-24T17:00:02.000Z';
    await kept.look();
    expect(now()).toBe('2026-11-24T17:00:02.000Z');
  });
});
