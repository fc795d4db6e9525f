import { describe, expect, test } from '@jest/globals';
import type { Problem } from '../../../src/core/reading/problem.js';
import { report, unshowable } from '../../../src/core/report/report.js';
import { asked, decidedPolicy, reporting } from '../../support/core/reporting.js';

const summary = (policies: ReturnType<typeof decidedPolicy>) =>
  report(reporting({ policies })).summary;

describe('a change of policy in a check', () => {
  test('invariant 2: waits for its owners, and shows its difference from the tree in force', () => {
    const owners = {
      code: 'asked' as const,
      rule: 'core/policy',
      message: 'Policy is changed by its owners.',
    };
    const policies = decidedPolicy({
      outcome: 'awaiting_review',
      // Both trees ask for the same, which is shown once.
      requirements: [{ ...asked('security', ['carol'], ['erin'], 2), asked_by: [owners, owners] }],
    });
    const check = report(reporting({ policies }));
    expect(check).toMatchObject({
      conclusion: 'action_required',
      title: 'Not yet: 1 of 2, waiting for @acme/security',
    });
    expect(check.summary).toBe(`### \`policies/\`: awaiting review

From \`in-force\`, which is in force, to \`new\`: 1 file. 60 Rego tests passed.

| policy asks | which rule | met by | still needed |
| --- | --- | --- | --- |
| 2 of \`security\` | Policy is changed by its owners. (\`Daypass\`) | \`carol\` | 1 of \`erin\` |

The difference from the policy in force:

\`\`\`diff
--- policies/settings.yaml
+++ policies/settings.yaml
@@ -1,1 +1,1 @@
-teams: []
+teams: [security]
\`\`\`

---
Ledger: entry 41, \`ab12\``);
  });

  test.each([
    ['approved', {}, 'success', 'Approved: policies/ changes in 1 file'],
    [
      'denied',
      {
        outcome: 'denied' as const,
        denials: [{ code: 'policy_missing' as const, rule: 'core/policy', message: 'it is gone' }],
      },
      'failure',
      'Denied: it is gone',
    ],
  ])('%s', (_, more, conclusion, title) => {
    expect(report(reporting({ policies: decidedPolicy(more) }))).toMatchObject({
      conclusion,
      title,
    });
  });

  test('invariant 6: approvers that are named anew are shown with their ids', () => {
    const new_approvers = { teams: { 'on-call': 4, late: null }, users: { zoe: 190 } };
    expect(summary({ ...decidedPolicy(), new_approvers })).toContain(
      `**Approvers that are named anew**, by the ids that this is approved for:

- \`on-call\` (team 4, new here)
- \`late\` (no team has this name)
- \`zoe\` (account 190, new here)
`,
    );
  });

  test('known cases are reported: those with another outcome, or that there are none', () => {
    const known = { path: 'access-grants/production/x.yml', pull_request: 7 };
    const differing = [
      { ...known, was: 'needs 1 of payments (production/x)', is: 'denied by every/y' },
    ];
    expect(summary({ ...decidedPolicy(), known: { asked: 12, differing } })).toContain(
      'Of the newest 12 decisions, 1 would have another outcome under the new rules:\n\n' +
        '- `access-grants/production/x.yml` (pull request 7): denied by every/y; before: needs 1 of payments (production/x)',
    );
    expect(summary({ ...decidedPolicy(), known: { asked: 1, differing: [] } })).toContain(
      'Under the new rules, the newest 1 decision would have the same outcome.',
    );
  });

  test('problems of the new tree are shown on their lines, and those of a folder only in the summary', () => {
    const problems: Problem[] = [
      {
        ...{ path: 'policies/access/lib/scope.rego', line: 3 },
        ...{ code: 'rules_do_not_compile', message: 'var x is unsafe' },
      },
      { path: 'policies/access', line: null, code: 'opa_missing', message: 'no OPA here' },
    ];
    const check = report(reporting({ policies: { ...decidedPolicy(), problems } }));
    expect(check.title).toBe(
      'Denied: policies/access/lib/scope.rego:3: var x is unsafe (and 1 more)',
    );
    expect(check.annotations).toEqual([
      {
        path: 'policies/access/lib/scope.rego',
        line: 3,
        message: 'var x is unsafe (rules_do_not_compile)',
      },
    ]);
    expect(check.summary).toContain('`policies/access`: no OPA here (`opa_missing`)');
  });

  test('text from files stays text: its fence is longer than theirs, and nothing changes the reading order', () => {
    const hostile = 'x: 1\n````\n@acme/security \u202e</details>\n\tb\n';
    const text = summary(decidedPolicy({}, [{}, { 'settings.yaml': hostile }]));
    expect(text).toContain('`````diff\n--- /dev/null\n');
    expect(text).toContain('+@acme/security ‹U+202E›</details>\n+\tb\n`````');
    expect(text).not.toContain('\u202e');
  });

  test('invariant 2: what is too long to be shown is named, and the check fails', () => {
    const long = 'x'.repeat(60_000);
    const policies = decidedPolicy({}, [{}, { 'README.md': long, 'settings.yaml': 'a: 1\n' }]);
    const check = report(reporting({ policies }));
    expect(check).toMatchObject({
      conclusion: 'failure',
      shows_all: false,
      title:
        'Denied: one check cannot show all of it (2 files of policies/): split it into smaller pull requests',
    });
    expect(unshowable({ changes: [], problems: [], policies })).toMatchObject({
      code: 'cannot_show_all',
    });
    expect(check.summary).toContain('+a: 1');
    expect(check.summary).toContain('**Too long to be shown here**: `policies/README.md`');
    expect(check.summary.length).toBeLessThan(65_535);
  });

  test('invariant 2: a line of Rego with other than ASCII is a warning, where the change brings it', () => {
    const cyrillic = String.fromCodePoint(0x430);
    const before = `# Grüße\na := 1\n`;
    const after = `a := 1\n# Grüße\nb := "${cyrillic}\u200b"\nc := "éèêëàâ"\n`;
    const policies = decidedPolicy({}, [
      { 'access/lib/x.rego': before, 'settings.yaml': 'a: 1\n' },
      { 'access/lib/x.rego': after, 'settings.yaml': 'a: é\n' },
    ]);
    const check = report(reporting({ policies }));
    const path = 'policies/access/lib/x.rego';
    const says = [
      `other than ASCII in Rego: ${cyrillic} (U+0430), ‹U+200B›. Such a character can look like another one.`,
      'other than ASCII in Rego: é (U+00E9), è (U+00E8), ê (U+00EA), ë (U+00EB), à (U+00E0) and others. Such a character can look like another one.',
    ];
    expect(check.annotations).toEqual([
      { path, line: 3, level: 'warning', message: `${says[0]} (other_than_ascii)` },
      { path, line: 4, level: 'warning', message: `${says[1]} (other_than_ascii)` },
    ]);
    expect(check.summary).toContain(
      `**Look closely**:\n\n- \`${path}\` line 3: ${says[0]} (\`other_than_ascii\`)\n- \`${path}\` line 4: `,
    );
    expect(check.conclusion).toBe('success');
    const starter = decidedPolicy({}, [{}, { 'access/lib/x.rego': 'a := 1\n\tb := 2\r\n' }]);
    expect(report(reporting({ policies: starter })).annotations).toEqual([]);
  });

  const lines = (count: number, word: string) =>
    Array.from({ length: count }, (_, i) => `${word} ${i}\n`).join('');
  const rewritten = (files: number, count = 300) => {
    const all = (word: string) =>
      Object.fromEntries(
        Array.from({ length: files }, (_, i) => [
          `access/rules/every/r/r${i}.rego`,
          lines(count, word),
        ]),
      );
    return decidedPolicy({}, [all('a'), all('b')]);
  };

  test('invariant 2: a changed line of a long file is shown; files that are too large to compare, or have changed meanwhile, are named', () => {
    const long = lines(9_000, 'a: 1 # some words');
    const huge = lines(10_001, 'x');
    const text = summary(
      decidedPolicy({}, [
        { 'identities.yaml': long, 'README.md': huge, 'settings.yaml': lines(300, 'a') },
        {
          'identities.yaml': long.replace('words 700', 'words 7000'),
          'README.md': `${huge}y\n`,
          'settings.yaml': lines(300, 'b'),
        },
      ]),
    );
    expect(text).toContain('+a: 1 # some words 7000\n');
    expect(text).toContain(
      '**Too long to be shown here**: `policies/README.md`, `policies/settings.yaml`',
    );
  });

  test('invariant 2: a new file is shown whole, however many lines it has', () => {
    const text = summary(decidedPolicy({}, [{}, { 'identities.yaml': lines(1_500, 'a') }]));
    expect(text).toContain('+a 1499\n');
  });

  test('invariant 16: comparing files from strangers takes no longer for many files than for a few', () => {
    const timeOf = (files: number) => {
      const policies = rewritten(files);
      const began = performance.now();
      const text = summary(policies);
      const took = performance.now() - began;
      expect(text).toContain(`**Too long to be shown here**: \`policies/access/`);
      return took;
    };
    timeOf(1);
    const few = timeOf(4);
    expect(timeOf(200)).toBeLessThan(10 * few);
  });

  test('invariant 1: every check says that the policy on the default branch is not in force', () => {
    const text = report(reporting({ out_of_force: 'deadbeefdeadbeef' })).summary;
    expect(text).toContain('`policies/` of the default branch (`deadbeefdead`) is not in force');
  });
});
