import { describe, expect, test } from '@jest/globals';
import type { PolicyAnswer } from '../../../src/core/decision/facts.js';
import type { DecisionMoment } from '../../../src/core/ledger/events.js';
import type { GrantRecord } from '../../../src/core/grant/record.js';
import type { PathChange, Snapshot } from '../../../src/core/change/snapshot.js';
import { EngineFault, OverLimits } from '../../../src/ports.js';
import type { World } from '../../../src/ports.js';
import type { PolicyInForce } from '../../../src/workflows/judge/in-force.js';
import { judge, type Again } from '../../../src/workflows/judge/changes.js';
import { decidedAgain } from '../../support/core/decided-again.js';
import { accounts, active, approvers, comparison, policy } from '../../support/core/comparing.js';
import { PATH, file } from '../../support/core/grant-files.js';
import { minute } from '../../../lab/acme/story.js';
import { person } from '../../support/core/people.js';
import { providers } from '../../support/core/policy-files.js';

type Texts = Parameters<typeof comparison>[0];

/** The file of the story's grant, judged by a policy that does not answer. */
function judged(
  moment: DecisionMoment,
  asked: { text: string; live: GrantRecord[]; now: number; files?: Texts } = {
    text: file(),
    live: [],
    now: 0,
  },
  again?: Again,
  /** The changes of policies/ beside it, the answer of the policy, the teams there are, and who asks. */
  beside?: {
    policies: readonly PathChange[];
    answer: PolicyAnswer;
    teams?: Snapshot['teams'];
    requester?: string;
  },
) {
  const none = async () => [];
  const grants = async ({ states }: { states?: unknown }) => (states ? asked.live : []);
  const before = asked.live.length > 0 ? file() : null;
  const world = {
    providers,
    ledger: {
      ...{ grants, identities: none, reviewsSeen: none, pending: none },
      policyTree: async (id: string) => ({ id, files: {} }),
    },
    repository: { policiesAfter: async () => ({ id: 'other', files: {} }) },
    pullRequests: { people: async () => ({ teams: {}, accounts: {} }) },
  } as unknown as World;
  const engine: PolicyInForce = {
    approvers,
    digests: { tree: 'in-force', data: 'd', wasm: 'w', compiler: 'c' },
    data: policy,
    wasm: new Uint8Array(),
    use: () => Promise.reject(new Error('not asked')),
    request: () =>
      beside
        ? Promise.resolve(beside.answer)
        : Promise.reject(new EngineFault('it did not answer within 1000 ms')),
  };
  const snapshot = {
    pull_request: { number: 7, author: person(beside?.requester ?? 'alice'), head_sha: 'head' },
    comparison: {
      ...comparison(asked.files ?? { [PATH]: [before, before, asked.text] }),
      policies: beside?.policies ?? [],
    },
    reviews: [],
    contributors: { people: [person('alice')], unknown: [] },
    teams: beside?.teams ?? {},
    families: {},
    accounts,
    open_pulls: [],
    shares_head_with: [],
  } as unknown as Snapshot;
  const at = { moment, now: new Date(minute(asked.now)), ...(again && { again }) };
  return judge(world, engine, snapshot, at).then(decidedAgain);
}

describe('invariant 3: a policy that does not answer', () => {
  test.each<DecisionMoment>(['pull_request', 'step'])(
    'is a denial with its reason at the %s',
    async (moment) => {
      const { changes, decisions } = await judged(moment);
      expect(changes.map(({ decision }) => decision)).toMatchObject([
        {
          outcome: 'denied',
          denials: expect.arrayContaining([
            {
              ...{ code: 'engine_fault', rule: 'core/engine' },
              message: 'it did not answer within 1000 ms',
            },
          ]),
        },
      ]);
      const asked = { input: { now: { rfc3339: minute(0) } }, policy: { tree: 'in-force' } };
      expect(decisions).toMatchObject([
        { kind: 'decision.made', body: { replay: null, unanswered: asked } },
      ]);
    },
  );

  test('invariant 16: before activation refuses nothing for good: the grant waits', async () => {
    await expect(judged('activation')).rejects.toThrow(EngineFault);
  });
});

test.each<DecisionMoment>(['pull_request', 'step'])(
  'invariant 16: more than 100 grants are not judged at the %s, not even removed ones',
  async (moment) => {
    const paths = Array.from({ length: 101 }, (_, i) => `access-grants/production/g${i}.yml`);
    const removed = (of: string[]) =>
      Object.fromEntries(of.map((path): [string, Texts[string]] => [path, [file(), file(), null]]));
    const live = paths.map((path) => {
      const grant = active();
      return { ...grant, id: path, declared: { ...grant.declared, path } };
    });
    const asked = { text: '', live, now: 30 };
    const all = judged(moment, { ...asked, files: removed(paths) });
    await expect(all).rejects.toThrow(
      new OverLimits('it changes 101 grants; at most 100 are allowed at once'),
    );
    const some = await judged(moment, { ...asked, files: removed(paths.slice(1)) });
    expect(some.decisions).toHaveLength(100);
  },
);

test.each<[string, Texts[string], GrantRecord[], string[]]>([
  ['added', [null, null, file()], [], ['core/policies']],
  ['withdrawn', [file(), file(), null], [active()], []],
])(
  'invariants 2, 7: access that is %s beside a change of policy',
  async (kind, texts, live, denied) => {
    const policies = [{ path: 'policies/settings.yaml', before: null, tip: null, after: null }];
    const says = { rule: 'production/members', message: 'Yes.' };
    const answer: PolicyAnswer = { deny: [], warn: [], require: [], approve: [says] };
    const asked = { text: '', live, now: 0, files: { [PATH]: texts } };
    const { changes } = await judged('activation', asked, undefined, { policies, answer });
    expect(changes.map(({ change }) => change.kind)).toEqual([kind]);
    const rules = changes.flatMap(({ decision }) => decision.denials.map(({ rule }) => rule));
    expect(rules).toEqual(denied);
  },
);

const LONGER = file({ duration: '5h' });
test.each<[DecisionMoment, Texts[string], GrantRecord[], string, boolean]>([
  ['pull_request', [null, null, file()], [], 'added', true],
  ['step', [null, null, file()], [], 'added', true],
  ['activation', [null, null, file()], [], 'added', true],
  ['step', [file(), file(), LONGER], [active()], 'extended', true],
  ['step', [file(), file(), file({ duration: '3h' })], [active()], 'narrowed', false],
  ['step', [file(), file(), file({ reason: 'Other words' })], [active()], 'reworded', false],
  ['step', [file(), file(), null], [active()], 'withdrawn', false],
])(
  'invariant 4: whether somebody else’s consent is asked at the %s where no rule asks for a review: %#',
  async (moment, texts, live, kind, asked) => {
    const says = { rule: 'r', message: 'Yes.' };
    const answer: PolicyAnswer = { deny: [], warn: [], require: [], approve: [says] };
    const beside = { policies: [], answer, teams: { payments: null }, requester: 'frank' };
    const files = { [PATH]: texts };
    const { changes } = await judged(moment, { text: '', live, now: 0, files }, undefined, beside);
    expect(changes.map(({ change }) => change.kind)).toEqual([kind]);
    expect(changes.map(({ decision }) => [decision.outcome, decision.consent])).toMatchObject([
      asked
        ? ['awaiting_review', { subject: { login: 'alice' }, teams: ['payments'], given_by: null }]
        : ['approved', null],
    ]);
  },
);

test.each([
  [false, ['core/window']],
  [true, []],
])(
  'invariant 12: a window that another step has replaced (%s) is not compared with the time any more',
  async (rewindowed, denied) => {
    const text = file({ duration: null, expires_at: `"${minute(20)}"` });
    const again = { grant: 'g', before: null, rewindowed };
    const { changes } = await judged('step', { text, live: [], now: 30 }, again);
    const rules = changes.flatMap(({ decision }) => decision.denials.map(({ rule }) => rule));
    expect(rules.filter((rule) => rule === 'core/window')).toEqual(denied);
  },
);

test.each([
  ['as long as may be', 1, []],
  ['a minute longer, counted from its start and not from now', 2, ['core/window']],
])('invariant 12: an extension is checked as a whole: %s', async (_, end, denied) => {
  const expires_at = `"${minute(366 * 24 * 60 + end)}"`;
  const text = file({ duration: null, expires_at });
  const { changes } = await judged('pull_request', { text, live: [active()], now: 30 });
  expect(changes.map(({ change }) => change.kind)).toEqual(['extended']);
  const rules = changes.flatMap(({ decision }) => decision.denials.map(({ rule }) => rule));
  expect(rules.filter((rule) => rule === 'core/window')).toEqual(denied);
});

test('invariant 6: rules do not see a team that only has the name of an approver', async () => {
  const team = (slug: string, id: number) => ({ slug, id, members: [person('alice')], below: [] });
  const says = { rule: 'r', message: 'Yes.' };
  const { changes, decisions } = await judged('pull_request', undefined, undefined, {
    policies: [],
    answer: { deny: [], warn: [], require: [], approve: [says] },
    teams: { payments: team('payments', 666), root: team('root', approvers.teams['root'] ?? 0) },
  });
  expect(changes).toMatchObject([{ decision: { outcome: 'approved' } }]);
  expect(decisions).toMatchObject([
    {
      body: { replay: { input: { requester: { teams: ['root'] }, subject: { teams: ['root'] } } } },
    },
  ]);
});

describe('invariants 5, 7: what one check cannot show whole', () => {
  const says = { rule: 'r', message: 'Yes.' };
  const answer: PolicyAnswer = { deny: [], warn: [], require: [], approve: [says] };
  /** So many new files whose words are long where they are written out, beside one that is removed. */
  const asked = (count: number) => {
    const long = file({ reason: `"x${'\u00ad'.repeat(499)}"` });
    const added = Array.from({ length: count }, (_, n): [string, Texts[string]] => [
      `access-grants/production/new-${n}.yml`,
      [null, null, long],
    ]);
    const files = Object.fromEntries([...added, [PATH, [file(), file(), null]]]);
    return { text: '', live: [active()], now: 30, files };
  };
  const reasons = async (moment: DecisionMoment, count: number) => {
    const { changes } = await judged(moment, asked(count), undefined, { policies: [], answer });
    return Object.fromEntries(
      changes.map(({ change: { kind }, decision: { denials } }) => [
        kind,
        denials.map(({ code }) => code),
      ]),
    );
  };

  test.each<DecisionMoment>(['pull_request', 'step'])(
    'gives nothing at the %s, and what it takes away goes through',
    async (moment) => {
      expect(await reasons(moment, 10)).toEqual({ added: [], withdrawn: [] });
      expect(await reasons(moment, 20)).toEqual({ added: ['cannot_show_all'], withdrawn: [] });
    },
  );

  test('is not asked again before the activation of one grant', async () => {
    expect(await reasons('activation', 20)).toEqual({ added: [], withdrawn: [] });
  });
});
