import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Reporting } from '../../src/core/check-report.js';
import type { DecidedChange, Decision, Requirement } from '../../src/core/decision.js';
import { comparable, report, waitingFor } from '../../src/core/report.js';
import { change } from './changes.js';
import { hours, minute, PATH, record, told } from './ledger/story.js';
import { who } from './people.js';

const asked = (team: string, met_by: string[], eligible: string[], count = 1): Requirement => ({
  asked_by: [{ rule: `production/${team}`, message: `${team} must approve` }],
  teams: [team],
  users: [],
  count,
  met_by: met_by.map(who),
  eligible: eligible.map(who),
});

const decision = (more: Partial<Decision> = {}): Decision => ({
  outcome: 'approved',
  denials: [],
  warnings: [],
  requirements: [],
  not_counted: [],
  approved_by_rules: [],
  ...more,
});

const decided = (more: Partial<Decision> = {}, of = change()): DecidedChange => ({
  change: of,
  answer: null,
  decision: decision(more),
  covers_now: [],
});

const reporting = (more: Partial<Reporting> = {}): Reporting => ({
  pull_request: { head_sha: 'c0ffee', url: 'https://github.test/acme/access/pull/7' },
  changes: [],
  problems: [],
  policies_changed: false,
  fault: null,
  reviewers_refused: null,
  shares_head_with: [],
  head: { seq: 41, hash: 'ab12' },
  ...more,
});

const waiting = decided({
  outcome: 'awaiting_review',
  requirements: [asked('payments', ['bob'], []), asked('security', [], ['carol', 'dave'])],
  not_counted: [{ review: 3, who: who('erin'), why: 'contributed to the branch' }],
  warnings: [{ rule: 'production/hours', message: 'security has not looked' }],
});
const denied = decided({
  outcome: 'denied',
  denials: [{ rule: 'production/ticket', message: 'a ticket is needed' }],
});
const problem = { path: PATH, line: 4, message: 'duration: found "soon"; allowed is 4h' };

describe('the one line of a check', () => {
  test.each<[string, Partial<Reporting>, string, string]>([
    ['nothing of ours', {}, 'success', 'Approved: nothing here for Daypass'],
    [
      'an approved change',
      { changes: [decided()] },
      'success',
      'Approved: alice gets read-only on orders-db in production',
    ],
    [
      'an approved end',
      { changes: [decided({}, change('withdrawn'))] },
      'success',
      'Approved: alice loses read-only on orders-db in production',
    ],
    ['approved changes', { changes: [decided(), decided()] }, 'success', 'Approved: 2 changes'],
    [
      'a change that waits',
      { changes: [waiting] },
      'action_required',
      'Not yet: 1 of 2, waiting for @acme/security',
    ],
    [
      'a change that waits beside an approved one',
      { changes: [decided(), waiting] },
      'action_required',
      'Not yet: 1 of 2, waiting for @acme/security',
    ],
    [
      'two changes that wait for the same people',
      {
        changes: [
          waiting,
          decided({
            outcome: 'awaiting_review',
            requirements: [asked('payments', [], ['bob']), asked('security', ['carol'], [])],
          }),
        ],
      },
      'action_required',
      'Not yet: 0 of 2, waiting for @acme/payments and @acme/security',
    ],
    [
      'any of several',
      {
        changes: [
          decided({
            outcome: 'awaiting_review',
            requirements: [
              { ...asked('security', [], []), teams: ['on-call', 'security'], users: ['dave'] },
            ],
          }),
        ],
      },
      'action_required',
      'Not yet: 0 of 1, waiting for @acme/on-call or @acme/security or @dave',
    ],
    ['a denied change', { changes: [denied] }, 'failure', 'Denied: a ticket is needed'],
    [
      'a denied change beside one that waits',
      { changes: [waiting, denied, denied] },
      'failure',
      'Denied: a ticket is needed (and 1 more)',
    ],
    [
      'problems',
      { problems: [problem, problem, problem], changes: [denied] },
      'failure',
      `Denied: ${PATH}:4: duration: found "soon"; allowed is 4h (and 2 more)`,
    ],
    [
      'a problem of a whole file',
      { problems: [{ ...problem, line: null }] },
      'failure',
      `Denied: ${PATH}: duration: found "soon"; allowed is 4h`,
    ],
    [
      'a fault',
      { fault: 'no policy is in force yet', changes: [decided()] },
      'failure',
      'Denied: it could not be judged: no policy is in force yet',
    ],
    [
      'invariant 2: a change of policies',
      { policies_changed: true },
      'failure',
      'Denied: it changes policies/, and no change of policy can be approved yet',
    ],
    [
      'invariant 2: a change of policies and grants',
      { policies_changed: true, changes: [decided()] },
      'failure',
      'Denied: it changes policies and grants together: make them two pull requests',
    ],
    [
      'a head that is shared',
      { shares_head_with: [8, 9], changes: [decided()] },
      'failure',
      'Denied: the open pull requests #8, #9 have the same head: close all but one, or push to one',
    ],
    [
      'text that would mention somebody',
      {
        changes: [decided({ outcome: 'denied', denials: [{ rule: 'r', message: 'ask\n@alice' }] })],
      },
      'failure',
      'Denied: ask @\u200balice',
    ],
  ])('%s', (_, more, conclusion, title) => {
    expect(report(reporting(more))).toMatchObject({ head_sha: 'c0ffee', conclusion, title });
  });

  test('is never too long', () => {
    const long = Array.from({ length: 40 }, (_, n) =>
      asked(`a-team-with-a-long-name-${n}`, [], []),
    );
    const { title } = report(
      reporting({ changes: [decided({ outcome: 'awaiting_review', requirements: long })] }),
    );
    expect(title).toMatch(/^Not yet: 0 of 40, waiting for @acme\/a-team.*…$/);
    expect(title.length).toBeLessThan(255);
  });
});

const summary = (more: Partial<Reporting>) => report(reporting(more)).summary;
const head =
  '| change | who | access | how long | given already by | the target |\n| --- | --- | --- | --- | --- | --- |\n';
const target = 'does not end it by itself: Daypass does; open sessions are ended';

describe('the summary of a check', () => {
  test('nothing of ours', () => {
    expect(summary({})).toBe(
      'This touches neither grants nor policies.\n\n---\nLedger: entry 41, `ab12`',
    );
  });

  test('a change that waits: who gets what, what policy asks, who met it, what does not count', () => {
    expect(summary({ changes: [waiting], reviewers_refused: 'no @acme/security here' }))
      .toBe(`${head}| **added** | \`alice\` | \`read-only\` on \`orders-db\` in \`production\` as \`alice_s\` | 4h from the merge | nothing | ${target} |

### \`${PATH}\`: awaiting review

Reason: Slow order queries. Ticket: INC-4821.

| policy asks | which rule | met by | still needed |
| --- | --- | --- | --- |
| 1 of \`payments\` | payments must approve (\`production/payments\`) | \`bob\` | nothing |
| 1 of \`security\` | security must approve (\`production/security\`) | nobody yet | 1 of \`carol\`, \`dave\` |

Does not count:

- the approval of \`erin\`: contributed to the branch

Mind:

- security has not looked (\`production/hours\`)

GitHub did not take the request for reviewers: no @\u200bacme/security here

---
Ledger: entry 41, \`ab12\``);
  });

  test('a denial and an approval without review name their rules', () => {
    expect(summary({ changes: [denied] })).toContain(
      'Denied:\n\n- a ticket is needed (`production/ticket`)',
    );
    const rules = [{ rule: 'development/member', message: 'members need no review' }];
    expect(summary({ changes: [decided({ approved_by_rules: rules })] })).toContain(
      'Approved without review:\n\n- members need no review (`development/member`)',
    );
  });

  const active = record(told.approved(), told.activating(1), told.activated(1));
  const cell = (n: number, of: DecidedChange) =>
    summary({ changes: [of] })
      .split('\n')[2]
      ?.split(' | ')[n];
  test.each<[string, DecidedChange, string]>([
    [
      'from a start',
      decided({}, change('added', { window: { ...hours(4), starts_at: minute(60) } })),
      '4h from 2026-11-24 18:00 UTC',
    ],
    [
      'until an end',
      decided(
        {},
        change('added', {
          window: { starts_at: null, duration_seconds: null, expires_at: minute(240) },
        }),
      ),
      'until 2026-11-24 21:00 UTC',
    ],
    [
      'from a start until an end',
      decided(
        {},
        change('added', {
          window: { starts_at: minute(60), duration_seconds: null, expires_at: minute(240) },
        }),
      ),
      'from 2026-11-24 18:00 UTC until 2026-11-24 21:00 UTC',
    ],
    [
      'longer than now',
      decided({}, change('extended', { window: hours(6) }, active)),
      'until 2026-11-24 23:01 UTC (was until 2026-11-24 21:01 UTC)',
    ],
    [
      'until an earlier end',
      decided(
        {},
        change(
          'narrowed',
          { window: { starts_at: null, duration_seconds: null, expires_at: minute(60) } },
          active,
        ),
      ),
      'until 2026-11-24 18:00 UTC (was until 2026-11-24 21:01 UTC)',
    ],
    [
      'longer than approved',
      decided({}, change('extended', { window: hours(6) }, record(told.approved()))),
      '6h from the merge (was 4h from the merge)',
    ],
    [
      'no more',
      decided({}, change('withdrawn', {}, active)),
      'ends at the merge (was until 2026-11-24 21:01 UTC)',
    ],
  ])('says how long: %s', (_, of, expected) => {
    expect(cell(3, of)).toBe(expected);
  });

  test('says what gives the access already', () => {
    const covers = {
      path: 'access-grants/production/b.yml',
      role: 'read-write',
      state: 'active',
      ends_at: minute(60),
    };
    const of = { ...waiting, covers_now: [covers as DecidedChange['covers_now'][number]] };
    expect(cell(4, of)).toBe(
      '`read-write`, active until 2026-11-24 18:00 UTC (`access-grants/production/b.yml`)',
    );
  });

  test('invariant 19: says what the target enforces by itself, and which sessions are kept', () => {
    const base = change('added', { scope: { actions: ['select'] }, break_glass: true });
    if (!base.to) throw new Error('added');
    const entitled = {
      ...base.to.entitled,
      native_expiry: 'full' as const,
      enforces_scope: true,
      keep_sessions: true,
    };
    const of = decided(
      {},
      { ...base, to: { ...base.to, entitled }, effect: { ...base.effect, risk: 'high' } },
    );
    expect(cell(2, of)).toBe(
      '`read-only` on `orders-db` in `production` as `alice_s`, **high risk**, only `select`, **break-glass**',
    );
    expect(cell(5, of)).toBe(
      'ends it by itself as well; **open sessions are kept** after the end; enforces the scope |',
    );
  });

  test('hostile text is shown as it is, in its cell, and mentions nobody', () => {
    const reason = 'a | b\n\n# <b>@acme/security</b> `x` [y](https://evil.test) ';
    const text = summary({ changes: [decided({}, change('added', { reason, ticket: '@carol' }))] });
    expect(text).toContain(
      'Reason: a &#124; b #\u200b \\<b\\>@\u200bacme/security\\</b\\> \\`x\\` \\[y\\](https\\://evil.test). Ticket: @\u200bcarol.',
    );
  });

  test('a reason of any length leaves room for the rest', () => {
    const text = summary({ changes: [decided({}, change('added', { reason: 'x'.repeat(500) }))] });
    expect(text).toContain(`Reason: ${'x'.repeat(299)}….`);
  });

  test('what is longer than GitHub takes is cut between lines, and ends with the head of the ledger', () => {
    const message = 'y'.repeat(290);
    const problems = Array.from({ length: 400 }, (_, n) => ({ path: PATH, line: n + 1, message }));
    const { summary: text, annotations } = report(reporting({ problems }));
    expect(text.length).toBeLessThanOrEqual(65_535);
    expect(text).toMatch(
      /y\n\nThe rest is too long for GitHub\.\n\n---\nLedger: entry 41, `ab12`$/,
    );
    expect(annotations).toHaveLength(50);
    const some = summary({ problems: problems.slice(0, 52) });
    expect(some).toContain('2 more annotations than GitHub takes: all are told above.');
    expect(some).toContain(`- \`${PATH}\` line 52: yyy`);
  });
});

describe('annotations', () => {
  const denial = (rule: string, message: string) =>
    decided({ outcome: 'denied', denials: [{ rule, message }] });
  test.each<[string, Partial<Reporting>, object[]]>([
    [
      'a problem on its line',
      { problems: [problem] },
      [{ path: PATH, line: 4, message: problem.message }],
    ],
    [
      'a problem of a whole file on the first',
      { problems: [{ ...problem, line: null }] },
      [{ path: PATH, line: 1, message: problem.message }],
    ],
    [
      'a denial on the key in its rule',
      { changes: [denied] },
      [{ path: PATH, line: 6, message: 'a ticket is needed (production/ticket)' }],
    ],
    [
      'a denial on the key in its words',
      { changes: [denial('core/window', 'duration: the end is past')] },
      [{ path: PATH, line: 4, message: 'duration: the end is past (core/window)' }],
    ],
    [
      'a denial that names no key on the first line',
      { changes: [denial('core/silence', 'no constructor spoke')] },
      [{ path: PATH, line: 1, message: 'no constructor spoke (core/silence)' }],
    ],
    [
      'nothing on a file that is taken away',
      { changes: [{ ...denied, change: change('withdrawn') }] },
      [],
    ],
    ['nothing on what waits', { changes: [waiting] }, []],
  ])('%s', (_, more, expected) => {
    expect(report(reporting(more)).annotations).toEqual(expected);
  });
});

describe('what follows from a report', () => {
  test('invariant 22: the head of the ledger alone is no reason to write', () => {
    const one = report(reporting({ changes: [waiting] }));
    const other = report(reporting({ changes: [waiting], head: { seq: 42, hash: 'cd34' } }));
    expect(one).not.toEqual(other);
    expect(comparable(one)).toEqual(comparable(other));
    expect(comparable(one).summary).toContain('awaiting review');
    expect(comparable(one)).not.toEqual(comparable(report(reporting({ changes: [denied] }))));
  });

  test('reviewers are those whose approval is still needed', () => {
    const users = { ...asked('on-call', [], ['dave']), users: ['alice', 'dave'] };
    const open = decided({
      outcome: 'awaiting_review',
      requirements: [users, asked('payments', ['bob'], [])],
    });
    expect(waitingFor([waiting, open, waiting])).toEqual({
      teams: ['on-call', 'security'],
      users: ['dave'],
    });
    expect(waitingFor([denied, decided()])).toEqual({ teams: [], users: [] });
    expect(waitingFor([decided({ ...waiting.decision, outcome: 'denied' })])).toEqual({
      teams: [],
      users: [],
    });
  });

  test('invariant 3: success is only for what is approved, all of it', () => {
    const some = fc.record({
      changes: fc.array(fc.constantFrom(decided(), waiting, denied), { maxLength: 4 }),
      problems: fc.subarray([problem]),
      policies_changed: fc.boolean(),
      fault: fc.constantFrom(null, 'a deadline'),
      shares_head_with: fc.subarray([8]),
    });
    fc.assert(
      fc.property(some, (more) => {
        const { conclusion, title } = report(reporting(more));
        const clean =
          !more.policies_changed &&
          more.fault === null &&
          more.problems.length + more.shares_head_with.length === 0;
        const passes = clean && more.changes.every((c) => c.decision.outcome === 'approved');
        expect(conclusion === 'success').toBe(passes);
        const start = { success: 'Approved: ', action_required: 'Not yet: ', failure: 'Denied: ' };
        expect(title.startsWith(start[conclusion])).toBe(true);
      }),
    );
  });
});
