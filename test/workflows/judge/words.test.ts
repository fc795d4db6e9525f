import { describe, expect, test } from '@jest/globals';
import type { PolicyAnswer } from '../../../src/core/decision/facts.js';
import { changesOf } from '../../../src/core/change/change.js';
import { accessDigest, effectDigest } from '../../../src/core/grant/effect.js';
import type { GrantRecord } from '../../../src/core/grant/record.js';
import type { Review, Snapshot } from '../../../src/core/change/snapshot.js';
import { READER } from '../../../src/core/ledger/archived-policy.js';
import { policyTreeId } from '../../../src/core/policy/tree-id.js';
import { fingerprint } from '../../../src/core/reading/canonical.js';
import { EngineFault } from '../../../src/ports.js';
import type { World } from '../../../src/ports.js';
import { judgeActivation } from '../../../src/workflows/judge/activation.js';
import { judge } from '../../../src/workflows/judge/changes.js';
import { decidedAgain } from '../../support/core/decided-again.js';
import {
  accounts,
  active,
  approvers,
  comparison,
  policy,
  query,
} from '../../support/core/comparing.js';
import { PATH, file } from '../../support/core/grant-files.js';
import { entries, minute, record, told } from '../../../lab/acme/story.js';
import { person, review } from '../../support/core/people.js';
import { providers } from '../../support/core/policy-files.js';

const stood = file({ ticket: 'INC-4821' });
const reworded = file({ ticket: 'INC-4821', reason: 'Take it all' });
const digests = { tree: 'in-force', data: 'd', wasm: 'w', compiler: 'c' };
const APPROVES = { deny: [], warn: [], require: [], approve: [{ rule: 'r', message: 'm' }] };

const snapshotOf = (
  texts: [string | null, string | null, string | null],
  reviews: Review[] = [],
  other: Record<string, [null, null, string]> = {},
) =>
  ({
    pull_request: { number: 7, author: person('alice'), head_sha: 'head' },
    comparison: comparison({ [PATH]: texts, ...other }),
    reviews,
    contributors: { people: [person('alice')], unknown: [] },
    teams: {},
    families: {},
    accounts,
    open_pulls: [],
    shares_head_with: [],
  }) as unknown as Snapshot;

const worldOf = (landed: readonly GrantRecord[], more: object = {}) =>
  ({
    providers,
    ledger: {
      grants: async ({ states, paths }: { states?: string[]; paths?: string[] }) =>
        landed.filter(
          (grant) =>
            (states?.includes(grant.state) ?? true) &&
            (paths?.includes(grant.declared.path) ?? true),
        ),
      ...{ identities: async () => [], reviewsSeen: async () => [], pending: async () => [] },
      ...more,
    },
    pullRequests: { people: async () => ({ teams: {}, accounts: {} }) },
  }) as unknown as World;

const judged = (landed: readonly GrantRecord[], snapshot: Snapshot, answers: boolean) => {
  const request = () =>
    answers ? Promise.resolve(APPROVES) : Promise.reject(new EngineFault('nobody asks it'));
  const use = () => Promise.reject(new EngineFault('nobody asks it'));
  const engine = { digests, data: policy, wasm: new Uint8Array(), approvers, request, use };
  const now = new Date(minute(30));
  return judge(worldOf(landed), engine, snapshot, { moment: 'pull_request', now }).then(
    decidedAgain,
  );
};

describe('words', () => {
  test('invariant 8: other words for a live grant need nobody, and policy is not asked', async () => {
    const { changes, decisions } = await judged(
      [active()],
      snapshotOf([stood, stood, reworded]),
      false,
    );
    expect(changes).toMatchObject([
      { change: { kind: 'reworded' }, decision: { outcome: 'approved', requirements: [] } },
    ]);
    expect(decisions).toMatchObject([{ kind: 'decision.made', body: { replay: null } }]);
  });

  test('invariant 8: a comment in the file of a grant that is over asks for nothing', async () => {
    const over = record(told.approved(), told.activating(1), told.activated(1), told.expired(241));
    const commented = snapshotOf([stood, stood, `# why\n${stood}`]);
    expect((await judged([over], commented, true)).changes).toEqual([]);
    // Something newer stands there, and gives nothing.
    const newer = { ...record(told.quarantined(250)), id: `${PATH}@decaf` };
    const { changes } = await judged([over, newer], commented, true);
    expect(changes).toMatchObject([{ change: { kind: 'added' } }]);
  });

  test('invariant 5: what a review read is recorded with it, and in each decision the words of its change', async () => {
    const other = PATH.replace('alice', 'another');
    const { reviews, decisions } = await judged(
      [],
      snapshotOf([null, null, stood], [{ ...review(1, 'bob'), commit: 'head' }], {
        [other]: [null, null, reworded],
      }),
      true,
    );
    const mine = { path: PATH, reason: 'Slow order queries', ticket: 'INC-4821' };
    const theirs = { path: other, reason: 'Take it all', ticket: 'INC-4821' };
    expect(reviews).toMatchObject([
      { kind: 'review.seen', body: { review: 1, words: [mine, theirs] } },
    ]);
    expect(
      decisions.map((one) => one.kind === 'decision.made' && one.body.replay?.reviews),
    ).toMatchObject([[{ words: [mine] }], [{ words: [theirs] }]]);
  });
});

describe('invariants 5, 7: before activation', () => {
  const tree = { id: '', files: { 'settings.yaml': 'a: 1\n' } };
  const id = policyTreeId(tree);
  const recorded = { ...digests, tree: id, data: fingerprint(policy), reader: READER };
  /** Judges the landed grant again, by what the policy answers and on these reviews. */
  const again = (digest: string, answer: PolicyAnswer, reviews: Review[] = []) => {
    const story = entries(told.approved(0, { digest }));
    const scheduled = record(told.approved(0, { digest }));
    const world = worldOf([scheduled], {
      state: async () => ({ policy: recorded, approvers: { ...approvers, users: { bob: 102 } } }),
      policyTree: async () => ({ ...tree, id }),
      entries: async ({ after = 0 }) => story.filter(({ seq }) => seq > after),
      stepOf: async () => ({ commit: 'c0ffee', parent: 'decaf' }),
    });
    Object.assign(world, {
      policy: {
        load: async () => ({
          ok: true,
          policy: { digests: recorded, data: policy, request: async () => answer },
        }),
      },
      pullRequests: {
        people: async () => ({ teams: {}, accounts: { bob: { ...person('bob'), member: true } } }),
        snapshot: async () => snapshotOf([null, null, stood], reviews),
      },
    });
    const allowed = judgeActivation(world, scheduled, new Date(minute(30)));
    return allowed.then(({ refused, entries: decisions }) => ({
      refused,
      ...decidedAgain({ decisions }),
    }));
  };
  const [landed] = changesOf(query({ [PATH]: [null, null, stood] }, [])).changes;
  if (!landed) throw new Error('it is added');

  test.each([
    ['its digest is that which was approved', effectDigest(landed.effect), null],
    ['its digest, recorded before digests had words, is too', accessDigest(landed.effect), null],
    [
      'other words were approved',
      effectDigest({ ...landed.effect, reason: 'Another' }),
      'effect_changed',
    ],
  ])('%s', async (_, digest, code) => {
    const { refused } = await again(digest, APPROVES);
    expect(refused?.map((one) => one.code) ?? null).toEqual(code === null ? null : [code]);
  });

  test('a refusal names the people whose approvals do not count', async () => {
    const any_of = { teams: [], users: ['bob'] };
    const require = [{ rule: 'r', message: 'Bob.', any_of, count: 1, exclude: [] }];
    const by_carol = { ...review(1, 'carol'), commit: 'head' };
    const { refused } = await again(
      effectDigest(landed.effect),
      { ...APPROVES, approve: [], require },
      [by_carol],
    );
    expect(refused).toEqual([
      { code: 'approvals_missing', message: 'an approval that it needs no longer counts' },
      {
        code: 'approver_not_asked',
        message: "carol's approval does not count: they are not among the people asked",
      },
    ]);
  });
});
