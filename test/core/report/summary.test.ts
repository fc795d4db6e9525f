import { describe, expect, test } from '@jest/globals';
import type { ResolvedGrant } from '../../../src/core/change/resolve.js';
import type { Entitled } from '../../../src/core/grant/effect.js';
import type { CheckContent } from '../../../src/core/report/check-run.js';
import type { DecidedChange } from '../../../src/core/decision/decision.js';
import type { Reason } from '../../../src/core/reading/reason.js';
import { report, unshowable } from '../../../src/core/report/report.js';
import { change } from '../../support/core/changes.js';
import { hours, minute, PATH, record, told } from '../../../lab/acme/story.js';
import {
  decided,
  denied,
  ofStranger,
  reporting,
  STRANGER,
  waiting,
} from '../../support/core/reporting.js';

const summary = (more: Partial<CheckContent>) => report(reporting(more)).summary;
const head =
  '| change | who | access | how long | already given by | the target |\n| --- | --- | --- | --- | --- | --- |\n';
const target = 'does not end it by itself: Daypass does; open sessions are ended';

describe('the summary of a check', () => {
  test('a pull request without grants or policies', () => {
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

Approvals that do not count:

- \`erin\`'s approval does not count: they contributed to the branch (\`approver_contributed\`)

Warnings:

- security has not looked (\`production/hours\`)

GitHub refused the request for reviewers: no @\u200bacme/security here

---
Ledger: entry 41, \`ab12\``);
  });

  test('invariant 4: a contributor who cannot be identified comes first, and once', () => {
    const one = decided({ ...waiting.decision, ...ofStranger });
    const text = summary({ changes: [one, one] });
    expect(text).toMatch(
      /^\*\*No approval counts\*\*, because somebody who contributed cannot be identified \(`contributors_unknown`\):\n\n- commit abcdef0123 /,
    );
    expect(text.split(STRANGER)).toHaveLength(2);
    expect(text).toContain(
      "- `bob`'s approval does not count: somebody who contributed cannot be identified (see the top) (`contributors_unknown`)",
    );
    expect(text).toContain('Warnings:\n\n- security has not looked');
  });

  test('a denial and an approval without review name their rules', () => {
    expect(summary({ changes: [denied] })).toContain(
      'Denied:\n\n- a ticket is needed (`production/ticket`)',
    );
    const rules = [
      {
        code: 'approved_by_rule' as const,
        rule: 'development/member',
        message: 'members need no review',
      },
    ];
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

  test('invariant 19: says what the target enforces by itself, which sessions are kept, and what can outlive it', () => {
    const base = change('added', { scope: { actions: ['select'] }, break_glass: true });
    if (!base.to) throw new Error('added');
    const entitled = {
      ...base.to.entitled,
      native_expiry: 'full' as const,
      enforces_scope: true,
      keep_sessions: true,
      leaves_traces: true,
    };
    const of = decided(
      {},
      { ...base, to: { ...base.to, entitled }, effect: { ...base.effect, risk: 'high' } },
    );
    expect(cell(2, of)).toBe(
      '`read-only` on `orders-db` in `production` as `alice_s`, **high risk**, only `select`, **break-glass**',
    );
    expect(cell(5, of)).toBe(
      'ends it by itself as well; **open sessions are kept** after the end; **what is done with it can outlive it**: the role owns objects, lets people make some or may give rights on; enforces the scope |',
    );
  });

  test('invariant 19: a scope that only enforcement points hold is told as that', () => {
    const base = change('added', { scope: { actions: ['select'] } });
    if (!base.to) throw new Error('added');
    const cellOf = (scope_points: readonly string[]) => {
      const entitled = { ...base.to?.entitled, scope_points } as Entitled;
      return cell(5, decided({}, { ...base, to: { ...base.to, entitled } as ResolvedGrant }));
    };
    expect(cellOf(['orders-api'])).toContain(
      '; **does not know the scope**: `orders-api` holds what goes through it to that, and past it the whole role holds',
    );
    expect(cellOf(['a', 'b', 'c', 'd', 'e'])).toContain('`a`, `b`, `c` or 2 more holds');
  });

  test('hostile text is shown as it is, stays in its cell, and mentions nobody', () => {
    const reason = 'a | b\n\n# <b>@acme/security</b> `x` [y](https://evil.test) ';
    const text = summary({ changes: [decided({}, change('added', { reason, ticket: '@carol' }))] });
    expect(text).toContain(
      'Reason: a &#124; b #\u200b \\<b\\>@\u200bacme/security\\</b\\> \\`x\\` \\[y\\](https\\://evil.test). Ticket: @\u200bcarol.',
    );
  });

  test('invariant 8: other words are shown beside those before, and the access as it stays', () => {
    const of = decided({}, change('reworded', { reason: 'Since 14:10', ticket: null }, active));
    const check = report(reporting({ changes: [of] }));
    expect(check.title).toBe(
      "Approved: other words for alice's read-only on orders-db in production, which stays",
    );
    expect(cell(0, of)).toBe('| **reworded**');
    expect(cell(3, of)).toBe('until 2026-11-24 21:01 UTC, as before');
    expect(check.summary).toContain(
      'Reason: Since 14:10. It was: Reason: Slow order queries. Ticket: INC-4821.',
    );
  });

  test('invariant 5: an approval of other words shows both, whole', () => {
    const message = `reworded since: ${'a'.repeat(1_000)}\u200b`;
    const not_counted = [{ review: 3, who: null, code: 'approval_reworded' as const, message }];
    const text = summary({ changes: [decided({ ...waiting.decision, not_counted })] });
    expect(text).toContain(`${'a'.repeat(1_000)}‹U+200B›`);
  });

  test('invariant 5: a reason and a ticket are shown whole, with what nobody would see in them', () => {
    const words = { reason: `${'\u{e0041}'.repeat(499)}x`, ticket: `INC-1${'\u200b'.repeat(95)}` };
    const text = summary({ changes: [decided({}, change('added', words))] });
    expect(text).toContain(`Reason: ${'‹U+E0041›'.repeat(499)}x. `);
    expect(text).toContain(`Ticket: INC-1${'‹U+200B›'.repeat(95)}.`);
  });

  test('changes that were decided alike share a section, each with its words', () => {
    const path = 'access-grants/production/b.yml';
    const other = change('added', { path, reason: 'Another one', ticket: null });
    const text = summary({ changes: [waiting, denied, { ...waiting, change: other }] });
    expect(text).toContain(`### 2 changes: awaiting review

- \`${PATH}\`. Reason: Slow order queries. Ticket: INC-4821.
- \`${path}\`. Reason: Another one.

| policy asks | which rule | met by | still needed |`);
    expect(text.match(/security must approve/g)).toHaveLength(1);
    expect(text).toContain(`### \`${PATH}\`: denied`);
  });

  const many = (count: number, reason: string) =>
    Array.from({ length: count }, (_, n) => {
      const path = `access-grants/production/somebody-${n}.yml`;
      return { ...waiting, change: change('added', { path, reason }) };
    });

  test('invariant 5: as many changes as one pull request may have are all shown', () => {
    const of = many(100, 'Somebody has to look at slow order queries since the deploy');
    const check = report(reporting({ changes: of }));
    expect(check).toMatchObject({ conclusion: 'action_required', shows_all: true });
    expect(check.title).toBe('Not yet: 1 of 2 for 100 changes, waiting for @acme/security');
    for (const one of of)
      expect(check.summary.match(new RegExp(`\`${one.change.path}\``, 'g'))).toHaveLength(1);
  });

  test.each([
    ['that wait', waiting],
    ['that are approved', decided()],
  ])(
    'invariant 5: changes %s and cannot all be shown are a failure that asks for fewer',
    (_, one) => {
      const changes = many(100, 'x'.repeat(500)).map(({ change: of }) => ({ ...one, change: of }));
      const check = report(reporting({ changes }));
      expect(check).toMatchObject({
        conclusion: 'failure',
        shows_all: false,
        title:
          'Denied: one check cannot show all of it (100 changes): split it into smaller pull requests',
      });
      expect(check.summary).toMatch(
        /^\*\*Denied\*\*: one check cannot show all of it \(100 changes\): .* \(`cannot_show_all`\)\n/,
      );
      expect(check.summary.length).toBeLessThanOrEqual(65_535);
    },
  );

  test('invariant 5: what cannot be shown is denied for that reason alone, whatever else the summary says', () => {
    const all = (count: number) => ({
      ...{ changes: many(count, 'x'.repeat(500)), problems: [], policies: null },
    });
    const most = Array.from({ length: 100 }, (_, n) => n + 1).findLast(
      (count) => unshowable(all(count)) === null,
    );
    if (most === undefined) throw new Error('one change cannot be shown');
    const full: Reason = { code: 'without_review_limit', message: 'x'.repeat(400) };
    const ahead = Array.from({ length: 5 }, () => full);
    const longest = { out_of_force: 'f'.repeat(40), reviewers_refused: '|'.repeat(1_000), ahead };
    const fits = report(reporting({ ...all(most), ...longest }));
    expect(fits).toMatchObject({ conclusion: 'action_required', shows_all: true });
    expect(fits.summary).not.toContain('GitHub has no room');
    const large = unshowable(all(most + 1));
    expect(large).toEqual({
      ...{ code: 'cannot_show_all', rule: 'core/report' },
      message: `one check cannot show all of it (${most + 1} changes): split it into smaller pull requests`,
    });
    // Decided with it, the changes may need fewer words, and the check says the same.
    const one = { ...denied, decision: { ...denied.decision, denials: large ? [large] : [] } };
    expect(report(reporting({ changes: [one] }))).toMatchObject({
      conclusion: 'failure',
      shows_all: false,
    });
  });

  test('what would not take effect if it were merged now is said and changes no outcome', () => {
    const told = (count: number) =>
      Array.from({ length: count }, (_, n): Reason => {
        return { code: 'without_review_limit', message: `file-${n}: 10 of 10` };
      });
    const check = report(reporting({ changes: [decided()], ahead: told(2) }));
    expect(check.conclusion).toBe('success');
    expect(check.summary).toContain(`**What would not take effect if this were merged now**:

- file-0: 10 of 10 (\`without_review_limit\`)
- file-1: 10 of 10 (\`without_review_limit\`)`);
    expect(summary({ changes: [decided()], ahead: told(5) })).toContain('\n- and 2 more');
    expect(summary({ changes: [decided()] })).not.toContain('would not take effect');
  });

  test('a summary that is longer than GitHub accepts is cut between lines, and ends with the head of the ledger', () => {
    const message = 'y'.repeat(290);
    const problems = Array.from({ length: 400 }, (_, n) => ({
      ...{ path: PATH, line: n + 1, code: 'wrong_value' as const, message },
    }));
    const { summary: text, annotations } = report(reporting({ problems }));
    expect(text.length).toBeLessThanOrEqual(65_535);
    expect(text).toMatch(
      /y \(`wrong_value`\)\n\nGitHub has no room for the rest\.\n\n---\nLedger: entry 41, `ab12`$/,
    );
    expect(annotations).toHaveLength(50);
    const some = summary({ problems: problems.slice(0, 52) });
    expect(some).toContain('2 more annotations than GitHub accepts: all are listed above.');
    expect(some).toContain(`- \`${PATH}\` line 52: yyy`);
  });
});
