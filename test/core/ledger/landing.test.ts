import { describe, expect, test } from '@jest/globals';
import type { Decision } from '../../../src/core/decision/decision.js';
import { landing } from '../../../src/core/ledger/landing.js';
import type { Landing, LandingChange, LandingPolicy } from '../../../src/core/ledger/landing.js';
import { policyChange } from '../../../src/core/decision/policy-change.js';
import type { Problem } from '../../../src/core/reading/problem.js';
import { change } from '../../support/core/changes.js';
import { APPROVED, DENIED, WAITING } from '../../support/core/decisions.js';
import { hours, minute, PATH, record, told, window } from '../../../lab/acme/story.js';

const active = record(told.approved(), told.activating(1), told.activated(1));
const scheduled = record(told.approved());

function land(changes: LandingChange[], more: Partial<Landing> = {}) {
  const [step, ...grants] = landing({
    step: { commit: 'c'.repeat(40), parent: 'b'.repeat(40), pull_request: 7 },
    by: { id: 101, login: 'alice' },
    changes,
    problems: [],
    policies: null,
    over_limits: null,
    merged_at: null,
    activate_within_seconds: 3600,
    now: new Date(minute(3)),
    live: changes.flatMap(({ change: { from } }) => from ?? []),
    ending_soon_seconds: 900,
    mass_ending: { share: 0.25, number: 10 },
    environments: {},
    known: new Set(),
    ...more,
  });
  if (step?.kind !== 'step.landed') throw new Error('a step begins with itself');
  return { ...step.body, grants };
}

const problem = (more: Partial<Problem>): Problem => ({
  ...{ path: PATH, line: 1, code: 'unknown_key', message: 'unknown key', ...more },
});

describe('invariant 7: what a step does', () => {
  test('a commit that lands again does not give its access again', () => {
    const known = new Set([`${PATH}@${'c'.repeat(40)}`]);
    const { grants, ignored } = land([{ change: change(), decision: null }], { known });
    expect(grants).toEqual([]);
    expect(ignored).toEqual([expect.stringContaining('landed with this commit before')]);
  });

  test('why a file is not a grant is reported beside the end that it causes', () => {
    const problems = [problem({ message: 'subject: GitHub has no account' })];
    const ends = change('withdrawn');
    const { grants, ignored } = land([{ change: ends, decision: null }], { problems });
    expect(grants).toMatchObject([{ kind: 'grant.ending' }]);
    expect(ignored).toEqual([`${PATH}: subject: GitHub has no account`]);
  });

  test('access that is approved for this step lands as approved, with everything that was resolved', () => {
    const { grants } = land([{ change: change(), decision: APPROVED }]);
    expect(grants).toMatchObject([
      {
        kind: 'grant.approved',
        grant: `${PATH}@${'c'.repeat(40)}`,
        pull_request: 7,
        body: {
          digest: 'd1',
          activate_within_seconds: 3600,
          ending_soon_seconds: 900,
          parent: 'b'.repeat(40),
        },
      },
    ]);
  });

  test.each<[string, string | null, string | undefined]>([
    ['before it lands', '2026-11-24T17:01:00Z', minute(1)],
    ['with an offset', '2026-11-24T18:01:00+01:00', minute(1)],
    ['as it lands', minute(3), minute(3)],
    ['after it lands, by a clock that is ahead', '2026-11-24T17:03:01Z', undefined],
    ['at no moment that is known', null, undefined],
    ['at something that is not a time', 'yesterday', undefined],
  ])(
    'invariant 12: the time of the merge is recorded for access that was merged %s',
    (_, merged_at, kept) => {
      const [grant] = land([{ change: change(), decision: APPROVED }], { merged_at }).grants;
      if (grant?.kind !== 'grant.approved') throw new Error('it was approved');
      expect(grant.body.merged_at).toBe(kept);
      expect('merged_at' in grant.body).toBe(kept !== undefined);
    },
  );

  test.each([
    [
      'without a pull request',
      null,
      ['it landed without a pull request'],
      [{ code: 'no_pull_request', message: 'it landed without a pull request' }],
    ],
    ['denied', DENIED, ['production/ticket: no ticket'], DENIED.denials],
    [
      'with approvals missing',
      WAITING,
      [
        'approvals were missing when it landed',
        "bob's approval does not count: it was of something else",
      ],
      [
        { code: 'approvals_missing', message: 'approvals were missing when it landed' },
        {
          code: 'approval_outdated',
          message: "bob's approval does not count: it was of something else",
        },
      ],
    ],
  ])('access that lands %s is quarantined', (_, decision, why, reasons) => {
    const { grants } = land([{ change: change(), decision }]);
    expect(grants).toMatchObject([{ kind: 'grant.quarantined', body: { why, reasons } }]);
  });

  test('a path that collides with another is quarantined even if it was approved', () => {
    const problems = [problem({ line: null, message: 'is the same name as another' })];
    const { grants, ignored } = land([{ change: change(), decision: APPROVED }], { problems });
    expect(grants).toMatchObject([
      { kind: 'grant.quarantined', body: { why: ['is the same name as another'] } },
    ]);
    expect(ignored).toEqual([]);
  });

  test.each([
    ['null', null],
    ['denied', DENIED],
    ['approved', APPROVED],
  ])('a withdrawal takes effect however it landed: %s', (_, decision) => {
    const of = (from: typeof active) => [{ change: change('withdrawn', {}, from), decision }];
    expect(land(of(active)).grants).toMatchObject([{ kind: 'grant.ending', grant: active.id }]);
    expect(land(of(scheduled)).grants).toMatchObject([{ kind: 'grant.withdrawn' }]);
  });

  test('a narrowing takes effect however it landed, and is a new end for the same start', () => {
    const shorter = { window: { starts_at: null, duration_seconds: 600, expires_at: null } };
    const { grants } = land([{ change: change('narrowed', shorter, active), decision: null }]);
    const starts_at = active.window?.starts_at ?? '';
    const ends_at = new Date(Date.parse(starts_at) + 600_000).toISOString();
    expect(grants).toMatchObject([
      { kind: 'grant.narrowed', body: { frozen: { starts_at, ends_at } } },
    ]);
  });

  test('invariant 12: an extension is a new end for the same start; without approval it is ignored', () => {
    const end = window(0, 600).ends_at;
    const longer = { window: { starts_at: null, duration_seconds: null, expires_at: end } };
    const extended = change('extended', longer, active);
    expect(land([{ change: extended, decision: APPROVED }]).grants).toMatchObject([
      {
        kind: 'grant.extended',
        body: { frozen: { starts_at: active.window?.starts_at, ends_at: end } },
      },
    ]);
    const { grants, ignored } = land([{ change: extended, decision: WAITING }]);
    expect(grants).toEqual([]);
    expect(ignored).toEqual([expect.stringContaining('the extension was not approved')]);
  });

  test.each([
    ['without a pull request', null],
    ['denied', DENIED],
    ['approved', APPROVED],
  ])('invariant 8: other words are recorded however they landed: %s', (_, decision) => {
    const words = { reason: 'Since 14:10', ticket: null };
    const { grants } = land([{ change: change('reworded', words, active), decision }]);
    expect(grants).toEqual([
      {
        kind: 'grant.reworded',
        grant: active.id,
        pull_request: 7,
        body: { ...words, who: expect.objectContaining({ id: expect.any(Number) }), digest: 'd1' },
      },
    ]);
  });

  test('invariant 8: an extension and a narrowing bring their words along, where they say others', () => {
    const words = { reason: 'Since 14:10' };
    const kinds = (of: ReturnType<typeof change>, decision: Decision | null) =>
      land([{ change: of, decision }]).grants.map(({ kind }) => kind);
    const longer = { window: hours(5), ...words };
    expect(kinds(change('extended', longer, active), APPROVED)).toEqual([
      'grant.extended',
      'grant.reworded',
    ]);
    expect(kinds(change('extended', longer, active), WAITING)).toEqual([]);
    expect(kinds(change('narrowed', { window: hours(1), ...words }, active), null)).toEqual([
      'grant.narrowed',
      'grant.reworded',
    ]);
    expect(kinds(change('narrowed', { window: hours(1) }, active), null)).toEqual([
      'grant.narrowed',
    ]);
  });

  /** The grant of the nth of many people. */
  const activeOf = (n: number) => ({ ...active, subject: { id: 1000 + n, login: `dev-${n}` } });
  const liveOf = (count: number) => Array.from({ length: count }, (_, n) => activeOf(n));
  const endings = (count: number, of = activeOf) =>
    Array.from({ length: count }, (_, n) => ({
      change: change('withdrawn', {}, of(n)),
      decision: APPROVED,
    }));
  test.each([
    ['as many as the number', 10, 10, 10],
    ['more than the number, and not the share', 11, 44, 11],
    ['more than the number and the share', 12, 44, 0],
    ['all of many', 40, 40, 0],
  ])('invariant 20: %s: %i of %i end %i', (_, count, live, ended) => {
    const { grants, ignored } = land(endings(count), { live: liveOf(live) });
    expect(grants).toHaveLength(ended);
    expect(ignored).toHaveLength(ended === 0 ? 1 : 0);
  });

  test('invariants 7, 20: all access of one person ends, however much it is', () => {
    const all = endings(40, () => active);
    const { grants, ignored } = land(all, { live: all.map(() => active) });
    expect(grants).toHaveLength(40);
    expect(ignored).toEqual([]);
  });

  test('invariant 20: a narrowing to an end in the past ends the grant, and counts', () => {
    const over = { window: { starts_at: null, duration_seconds: null, expires_at: minute(5) } };
    const narrowed = Array.from({ length: 12 }, (_, n) => ({
      change: change('narrowed', over, activeOf(n)),
      decision: APPROVED,
    }));
    const live = liveOf(44);
    expect(land(narrowed, { live, now: new Date(minute(4)) }).grants).toHaveLength(12);
    const { grants, ignored } = land(narrowed, { live, now: new Date(minute(5)) });
    expect(grants).toEqual([]);
    expect(ignored).toEqual([
      expect.stringContaining('it would end grants of 12 of the 44 people'),
    ]);
  });

  test('invariant 8: a file that replaces a grant whose end is held gives nothing beside it', () => {
    const replaced = endings(12).flatMap((ending) => [
      ending,
      { change: change('added', {}, null), decision: APPROVED },
    ]);
    const live = liveOf(44);
    const { grants } = land(replaced, { live });
    expect(grants).toHaveLength(12);
    for (const grant of grants)
      expect(grant).toMatchObject({
        kind: 'grant.quarantined',
        body: {
          why: [expect.stringContaining('the end of the grant that this file had before is held')],
        },
      });
  });

  const policy = { data: 'd', wasm: 'w', compiler: 'c' };
  test.each<[string, LandingPolicy, readonly string[], readonly string[]]>([
    [
      'that was approved for this pair of trees comes into force',
      policies('new', APPROVED),
      [],
      ['policy.in_force'],
    ],
    [
      'that was pushed stays out of force',
      policies('new', null),
      ['policies/ changed, but the change does not take effect: it landed without a pull request'],
      [],
    ],
    [
      'that was denied stays out of force',
      policies('new', DENIED),
      ['policies/ changed, but the change does not take effect: production/ticket: no ticket'],
      [],
    ],
    [
      'that does not load stays out of force, whoever approved it',
      { ...policies('new', APPROVED), digests: null },
      ['policies/ changed, but the change does not take effect: it does not load'],
      [],
    ],
    ['that puts back what is in force is none', policies('in-force', null), [], []],
  ])('invariant 1: a change of policies %s', (_, policies, ignored, kinds) => {
    const landed = land([], { policies });
    expect(landed.ignored).toEqual(ignored);
    expect(landed.grants.map(({ kind }) => kind)).toEqual(kinds);
  });

  function policies(to: string, decision: Decision | null): LandingPolicy {
    const change = policyChange({ id: 'in-force', files: {} }, { id: to, files: {} });
    const approvers = { teams: { security: 2 }, users: {} };
    return { change, decision, digests: { tree: to, ...policy }, approvers };
  }

  test('invariant 7: a step over the limits ends what it takes away, and adds nothing', () => {
    const over_limits = 'the step is too large to be judged: more than 3000 files';
    const longer = { window: { starts_at: null, duration_seconds: 36_000, expires_at: null } };
    const { grants, ignored } = land(
      [
        { change: change('withdrawn', {}, active), decision: null },
        { change: change(), decision: null },
        { change: change('extended', longer, scheduled), decision: null },
      ],
      { over_limits },
    );
    expect(grants).toMatchObject([
      { kind: 'grant.ending', grant: active.id },
      { kind: 'grant.quarantined', body: { why: [over_limits] } },
    ]);
    expect(ignored).toEqual([
      expect.stringContaining(`${over_limits}: Daypass looked only at what it did to live grants`),
      expect.stringContaining('the extension was not approved'),
    ]);
  });

  test('the list of what is not applied is cut to a readable length', () => {
    const problems = Array.from({ length: 300 }, (_, i) => ({
      ...problem({ path: `access-grants/x/${String(i)}.yml` }),
    }));
    const { ignored, reasons } = land([], { problems });
    expect(ignored).toHaveLength(101);
    expect(ignored.at(-1)).toBe('and 200 more');
    expect(reasons).toHaveLength(100);
  });

  test('a file that cannot be read gives nothing, and the step says so', () => {
    const problems = [problem({ path: 'access-grants/x/y.yml' })];
    const { ignored, reasons } = land([], { problems });
    expect(ignored).toEqual(['access-grants/x/y.yml: unknown key']);
    expect(reasons).toEqual([{ code: 'unknown_key', message: ignored[0] }]);
  });
});
