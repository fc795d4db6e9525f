import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { CheckContent } from '../../../src/core/report/check-run.js';
import { comparable, report, waitingFor } from '../../../src/core/report/report.js';
import type { Reason } from '../../../src/core/reading/reason.js';
import { change } from '../../support/core/changes.js';
import { PATH } from '../../../lab/acme/story.js';
import {
  asked,
  decided,
  decidedPolicy,
  denied,
  ofStranger,
  problem,
  reporting,
  STRANGER,
  waiting,
} from '../../support/core/reporting.js';

describe('the title of a check', () => {
  test.each<[string, Partial<CheckContent>, string, string]>([
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
      'Not yet: 1 of 2 for 2 changes, waiting for @acme/security',
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
      'Not yet: 0 of 2 for 2 changes, waiting for @acme/payments and @acme/security',
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
    [
      'invariant 4: a contributor who cannot be identified, before the people who are waited for',
      { changes: [decided({ ...waiting.decision, ...ofStranger })] },
      'action_required',
      `Not yet: no approval counts: ${STRANGER}`,
    ],
    [
      'invariant 4: a contributor who cannot be identified, beside a denial',
      { changes: [decided({ ...denied.decision, ...ofStranger })] },
      'failure',
      'Denied: no approval counts (see the summary); a ticket is needed',
    ],
    ['a denied change', { changes: [denied] }, 'failure', 'Denied: a ticket is needed'],
    [
      'a denied change beside one that waits',
      { changes: [waiting, denied, denied] },
      'failure',
      'Denied: 2 of 3 changes: a ticket is needed (and 1 more)',
    ],
    [
      'problems',
      { problems: [problem, problem, problem], changes: [denied] },
      'failure',
      `Denied: ${PATH}:4: duration: "soon" is not a duration (and 2 more)`,
    ],
    [
      'a problem of a whole file',
      { problems: [{ ...problem, line: null }] },
      'failure',
      `Denied: ${PATH}: duration: "soon" is not a duration`,
    ],
    [
      'a change of several files of policies/ that waits',
      {
        policies: decidedPolicy(
          { outcome: 'awaiting_review', requirements: [asked('security', [], ['carol'], 2)] },
          [{}, { 'a.rego': 'a\n', 'b.rego': 'b\n' }],
        ),
      },
      'action_required',
      'Not yet: 0 of 2 for 2 files of policies/, waiting for @acme/security',
    ],
    [
      'a fault',
      {
        fault: { code: 'no_policy_in_force', message: 'no policy is in force yet' },
        changes: [decided()],
      },
      'failure',
      'Denied: it could not be judged: no policy is in force yet',
    ],
    [
      'invariant 2: a change of policies and grants',
      { policies: decidedPolicy(), changes: [decided()] },
      'failure',
      'Denied: it changes policies and grants together: split it into two pull requests',
    ],
    [
      'a head that is shared',
      { same_head: [8, 9], changes: [decided()] },
      'failure',
      'Denied: the open pull requests #8, #9 have the same head: close all but one, or push to one',
    ],
    [
      'text that would mention somebody',
      {
        changes: [
          decided({
            outcome: 'denied',
            denials: [{ code: 'policy_denied', rule: 'r', message: 'ask\n@alice' }],
          }),
        ],
      },
      'failure',
      'Denied: ask @\u200balice',
    ],
  ])('%s', (_, more, conclusion, title) => {
    expect(report(reporting(more))).toMatchObject({ head_sha: 'c0ffee', conclusion, title });
  });

  test('a title is never too long', () => {
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

describe('annotations', () => {
  const denial = (reason: Reason, of = change()) =>
    decided({ outcome: 'denied', denials: [reason] }, of);
  const risky: Reason = {
    ...{ code: 'policy_denied', key: 'duration', rule: 'production/high_risk' },
    message: 'read-write is a high-risk role: at most 2 h',
  };
  const until = { lines: { subject: 1, expires_at: 5 } };
  test.each<[string, Partial<CheckContent>, object[]]>([
    [
      'a problem on its line',
      { problems: [problem] },
      [{ path: PATH, line: 4, message: `${problem.message} (not_a_duration)` }],
    ],
    [
      'a problem of a whole file on the first',
      { problems: [{ ...problem, line: null }] },
      [{ path: PATH, line: 1, message: `${problem.message} (not_a_duration)` }],
    ],
    [
      'a denial on the key that its rule gives',
      { changes: [denied] },
      [{ path: PATH, line: 6, message: 'a ticket is needed (production/ticket)' }],
    ],
    [
      'a denial on the key that it gives, whatever keys its words name',
      { changes: [denial(risky)] },
      [
        {
          path: PATH,
          line: 4,
          message: 'read-write is a high-risk role: at most 2 h (production/high_risk)',
        },
      ],
    ],
    [
      "the core's own denial on its key, with its code",
      {
        changes: [
          denial({
            ...{ code: 'end_in_past', key: 'duration', rule: 'core/window' },
            message: 'the end is past',
          }),
        ],
      },
      [{ path: PATH, line: 4, message: 'the end is past (end_in_past)' }],
    ],
    [
      'a denial of the duration on the end, in a file that has that',
      { changes: [denial(risky, change('added', until))] },
      [{ path: PATH, line: 5, message: expect.any(String) }],
    ],
    [
      'a denial of an extension likewise',
      { changes: [denial(risky, change('extended', until))] },
      [{ path: PATH, line: 5, message: expect.any(String) }],
    ],
    [
      'a denial of the end on the duration, in a file that has that',
      { changes: [denial({ ...risky, key: 'expires_at' })] },
      [{ path: PATH, line: 4, message: expect.any(String) }],
    ],
    [
      'a denial of a key that the file lacks on the first line',
      { changes: [denial({ ...risky, key: 'scope' })] },
      [{ path: PATH, line: 1, message: expect.any(String) }],
    ],
    [
      'a denial that gives no key on the first line',
      {
        changes: [
          denial({ code: 'no_rule_spoke', rule: 'core/silence', message: 'no duration or ticket' }),
        ],
      },
      [{ path: PATH, line: 1, message: 'no duration or ticket (no_rule_spoke)' }],
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

describe('what a report leads to', () => {
  test('invariant 22: a new head of the ledger alone is no reason to write', () => {
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
    expect(waitingFor({ changes: [waiting, open, waiting], policies: null })).toEqual({
      teams: ['on-call', 'security'],
      users: ['dave'],
    });
    expect(waitingFor({ changes: [denied, decided()], policies: null })).toEqual({
      teams: [],
      users: [],
    });
    expect(
      waitingFor({
        changes: [decided({ ...waiting.decision, outcome: 'denied' })],
        policies: null,
      }),
    ).toEqual({
      teams: [],
      users: [],
    });
  });

  test('invariant 3: a check succeeds only if everything is approved', () => {
    const some = fc.record({
      changes: fc.array(fc.constantFrom(decided(), waiting, denied), { maxLength: 4 }),
      problems: fc.subarray([problem]),
      policies: fc.constantFrom(
        null,
        decidedPolicy(),
        decidedPolicy({ outcome: 'awaiting_review' }),
      ),
      fault: fc.constantFrom(null, { code: 'engine_fault' as const, message: 'a deadline' }),
      same_head: fc.subarray([8]),
    });
    fc.assert(
      fc.property(some, (more) => {
        const { conclusion, title } = report(reporting(more));
        const clean =
          (more.policies === null || more.changes.length + more.problems.length === 0) &&
          (more.policies?.decision.outcome ?? 'approved') === 'approved' &&
          more.fault === null &&
          more.problems.length + more.same_head.length === 0;
        const passes = clean && more.changes.every((c) => c.decision.outcome === 'approved');
        expect(conclusion === 'success').toBe(passes);
        const start = { success: 'Approved: ', action_required: 'Not yet: ', failure: 'Denied: ' };
        expect(title.startsWith(start[conclusion])).toBe(true);
      }),
    );
  });
});
