import { expect, test } from '@jest/globals';
import { READER } from '../../../src/core/ledger/archived-policy.js';
import { policyTreeId } from '../../../src/core/policy/tree-id.js';
import { fingerprint } from '../../../src/core/reading/canonical.js';
import { comparable } from '../../../src/core/report/report.js';
import { minute } from '../../../lab/acme/story.js';
import { Late, type Shown } from '../../../src/ports.js';
import type { EvaluateWorld } from '../../../src/workflows/judge/pull-request.js';
import { checkOfNothing } from '../../../src/workflows/judge/show-pull-request.js';
import { lookAtPulls } from '../../../src/workflows/run/look-at-pulls.js';
import { approvers, policy as data } from '../../support/core/comparing.js';

const files = { 'settings.yaml': 'a: 1\n' };
const tree = policyTreeId({ id: '', files });
const digests = { tree, data: fingerprint(data), wasm: 'w1', compiler: 'opa 1', reader: READER };
const head = { seq: 7, hash: 'h' };

/** Ten open pull requests that touch neither folder, none of which was judged yet. */
function repository() {
  const open = Array.from({ length: 10 }, (_, n) => ({
    ...{ number: n + 1, head_sha: `head-${n + 1}`, updated_at: minute(0) },
  }));
  const rows = new Map<number, Shown>();
  const wanted: string[] = [];
  const git = { grants: [] as object[], policies: [], policies_tip: tree as string | null };
  const compared: string[] = [];
  const world = {
    clock: { now: async () => new Date(minute(0)) },
    ledger: {
      state: async () => ({
        ...{ started: { source: { default_branch: 'main' } }, last_step: 'c9' },
        ...{ policy: digests, approvers, stopped: null, head },
      }),
      policyTree: async () => ({ id: tree, files, executable: [] }),
      keepListed: async () => undefined,
      shown: async (number: number) => ({ ...rows.get(number) }),
      show: async (number: number, news: Partial<Shown>) =>
        void rows.set(number, { ...(rows.get(number) as Shown), ...news }),
    },
    policy: { load: async () => ({ ok: true, policy: { digests, data } }) },
    pullRequests: { open: async () => open },
    repository: {
      compare: async (tip: string, sha: string) => {
        compared.push(`${tip}..${sha}`);
        return git;
      },
    },
    work: { want: async (topics: readonly string[]) => void wanted.push(...topics) },
  };
  /** What a look wants; all of that is then judged, and found to touch neither folder. */
  const look = async (all = true) => {
    wanted.length = 0;
    await lookAtPulls(world as unknown as EvaluateWorld, all);
    const pulls = wanted.filter((topic) => topic.startsWith('pull:'));
    for (const { number, head_sha } of open.filter(({ number }) =>
      pulls.includes(`pull:${number}`),
    )) {
      const policy = { loaded: { digests } } as unknown as Parameters<typeof checkOfNothing>[1];
      const check = fingerprint(comparable(checkOfNothing(head_sha, policy, git, head)));
      await world.ledger.show(number, { check, touches_nothing: true });
    }
    return pulls;
  };
  return { world, open, rows, git, compared, look };
}

test('a pull request that touches neither folder is judged once for each head, however often all are wanted', async () => {
  const { open, look, compared } = repository();
  expect(await look()).toHaveLength(10);
  for (let i = 0; i < 5; i += 1) expect(await look()).toEqual([]);
  // Merging each into the default branch as it is now was looked at, which costs no call.
  expect(compared).toHaveLength(50);
  expect(compared[0]).toBe('c9..head-1');
  Object.assign(open[3] ?? {}, { head_sha: 'another' });
  expect(await look(false)).toEqual(['pull:4']);
  expect(await look()).toEqual([]);
});

test('a comment or a review on it changes nothing about that', async () => {
  const { open, look, compared } = repository();
  await look();
  Object.assign(open[3] ?? {}, { updated_at: minute(5) });
  expect(await look(false)).toEqual([]);
  compared.length = 0;
  expect(await look(false)).toEqual([]);
  expect(compared).toEqual([]);
});

test.each<[string, (at: ReturnType<typeof repository>) => void, number]>([
  [
    'the default branch has moved and merging it would now change a grant',
    ({ git }) => git.grants.push({}),
    10,
  ],
  ['`policies/` of the default branch are out of force', ({ git }) => (git.policies_tip = 'x'), 10],
  [
    'it shares its head with another',
    ({ open }) => Object.assign(open[1] ?? {}, { head_sha: 'head-1' }),
    2,
  ],
  [
    'its check was asked for again',
    ({ rows }) => Object.assign(rows.get(1) ?? {}, { check: null }),
    1,
  ],
  [
    'it has changed files since',
    ({ rows }) => Object.assign(rows.get(1) ?? {}, { touches_nothing: false }),
    1,
  ],
  [
    'git cannot read it in time',
    ({ world }) =>
      Object.assign(world.repository, { compare: () => Promise.reject(new Late('too late')) }),
    10,
  ],
  [
    'the policy does not load',
    ({ world }) => Object.assign(world.policy, { load: async () => ({ ok: false, problems: [] }) }),
    10,
  ],
])('it is judged again where %s', async (_, happens, again) => {
  const at = repository();
  await at.look();
  happens(at);
  expect(await at.look()).toHaveLength(again);
});
