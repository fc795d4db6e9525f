import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { consentOf } from '../../../src/core/decision/consent.js';
import { decide, refusal, type Deciding } from '../../../src/core/decision/decision.js';
import { told as audited } from '../../../src/core/report/audit.js';
import { report, waitingFor } from '../../../src/core/report/report.js';
import type { Change } from '../../../src/core/change/change.js';
import type { Verdict } from '../../../src/core/change/snapshot.js';
import type { ChangeKind } from '../../../src/core/grant/effect.js';
import type { Team } from '../../../src/core/grant/person.js';
import { answer, change, requires } from '../../support/core/changes.js';
import { id, idsOf, person, review, seen, who } from '../../support/core/people.js';
import { decided, reporting } from '../../support/core/reporting.js';
import { deciding, decided as entryOf, event } from '../../support/core/telling.js';

const team = (slug: string, ...logins: string[]): Team => ({
  ...{ slug, id: 1, below: [] },
  members: logins.map(person),
});
const teams = {
  payments: team('payments', 'bob', 'erin', 'frank'),
  security: team('security', 'carol', 'dave'),
};
const spoken = { rule: 'development/members', message: 'No review in development.' };

/** alice asks for what frank would get, erin contributed, and no rule asks for a review. */
const franks: Deciding = {
  digest: 'd1',
  subject_id: id('frank'),
  consent_of: { subject: who('frank'), teams: ['payments'] },
  answer: answer({ approve: [spoken] }),
  ...{ core_denials: [], reviews: [], bots: [] },
  seen: [1, 2, 3].map((n) => seen(n, 'd1')),
  requester: person('alice'),
  contributors: { people: [person('alice'), person('erin')], unknown: [] },
  ...{ teams, accounts: {}, ids: idsOf(teams), approver_teams: ['payments', 'security'] },
};

describe('invariant 4: whose consent a change needs', () => {
  const data = { catalog: { 'orders-db': { owners: ['payments', 'leads'] } } };
  const of = (
    { kind, to }: Pick<Change, 'kind' | 'to'>,
    requester: string | null,
    ...others: string[]
  ) => {
    const asking = requester === null ? null : person(requester);
    const people = [...(asking ? [asking] : []), ...others.map(person)];
    const contributors = { people };
    return consentOf({ kind, to }, { requester: asking, contributors }, data as never);
  };

  test.each<[ChangeKind, boolean]>([
    ['added', true],
    ['extended', true],
    ['narrowed', false],
    ['withdrawn', false],
    ['reworded', false],
  ])('alice’s, where somebody else asks for what is %s: %s', (kind, asked) => {
    const whose = { subject: who('alice'), teams: ['leads', 'payments'] };
    expect(of(change(kind), 'frank')).toEqual(asked ? whose : null);
    expect(of(change(kind), null)).toEqual(asked ? whose : null);
    expect(of(change(kind), 'alice')).toBeNull();
  });

  test('alice’s as well, where others wrote in her pull request', () => {
    const { kind, to } = change();
    const whose = { subject: who('alice'), teams: ['leads', 'payments'] };
    expect(of({ kind, to }, 'alice', 'erin')).toEqual(whose);
  });

  test('another account under her login is not her', () => {
    const { kind, to } = change();
    const other = to && { ...to, subject: { ...to.subject, id: 666 } };
    expect(of({ kind, to: other }, 'alice')?.subject).toEqual({ id: 666, login: 'alice' });
  });
});

describe('invariant 4: what is approved without review for somebody else', () => {
  const given = (consent: object) => ({ outcome: 'approved', consent, not_counted: [] });
  const missing = (...codes: string[]) => ({
    outcome: 'awaiting_review',
    consent: { given_by: null },
    not_counted: codes.map((code) => ({ code })),
  });
  const by = (...verdicts: [string, Verdict?][]) => ({
    reviews: verdicts.map(([login, verdict], n) => review(n + 1, login, verdict)),
  });
  const read = (reason: string) => ({ path: 'p', access: 'a', reason, ticket: null });

  test.each<[string, Partial<Deciding>, object]>([
    ['waits', {}, { ...missing(), consent: { given_by: null, eligible: [who('bob')] } }],
    ['waits where its requester’s account is gone', { requester: null }, missing()],
    ['has the subject’s consent', by(['frank']), given({ given_by: who('frank'), eligible: [] })],
    ['has an owner’s approval', by(['bob']), given({ given_by: who('bob'), eligible: [] })],
    [
      'has the consent of a subject who contributed',
      { ...by(['frank']), contributors: { people: [person('frank')], unknown: [] } },
      given({ given_by: who('frank') }),
    ],
    [
      'has the consent of a subject who first asked for changes',
      by(['frank', 'CHANGES_REQUESTED'], ['frank']),
      given({ given_by: who('frank') }),
    ],
    [
      'lost the consent when the subject asked for changes',
      by(['frank'], ['frank', 'CHANGES_REQUESTED']),
      missing('approver_asked_for_changes'),
    ],
    [
      'does not get it back by a dismissal',
      by(['frank'], ['frank', 'DISMISSED']),
      missing('approver_dismissed'),
    ],
    [
      'has a consent to something else',
      { ...by(['frank']), seen: [seen(1, 'd0')] },
      missing('approval_outdated'),
    ],
    [
      'has a consent to other words',
      { ...by(['frank']), seen: [{ ...seen(1, 'd0'), words: [read('One')] }], words: read('Two') },
      missing('approval_reworded'),
    ],
    [
      'has a consent that nobody recorded',
      { ...by(['frank']), seen: [] },
      missing('approval_not_recorded'),
    ],
    [
      'has an approval from another account under the subject’s login',
      { reviews: [{ ...review(1, 'frank'), author: { ...person('frank'), id: 666 } }] },
      missing('approver_not_asked'),
    ],
    [
      'has the subject’s id in an account that is no person',
      { reviews: [{ ...review(1, 'frank'), author: { ...person('frank'), type: 'Bot' } }] },
      missing('approver_not_a_person'),
    ],
    ['has the approval of an owner who contributed', by(['erin']), missing('approver_contributed')],
    ['has the approval of its requester', by(['alice']), missing('approver_is_requester')],
    ['has the approval of somebody who owns nothing', by(['carol']), missing('approver_not_asked')],
    [
      'has the approval of an owner by a grant of Daypass',
      {
        ...by(['bob']),
        ...{ teams: { payments: team('payments', 'erin') }, by_grant: new Set([id('bob')]) },
      },
      missing('approver_by_grant'),
    ],
    [
      'has the approval of a team that is another one now',
      { ...by(['bob']), ids: { teams: { payments: 77 }, users: {} } },
      missing('approver_not_asked'),
    ],
    [
      'has an owner’s approval while a contributor is unknown',
      { ...by(['bob']), contributors: { people: [], unknown: ['commit c0ffee'] } },
      missing('contributors_unknown'),
    ],
    [
      'has the subject’s consent while a contributor is unknown',
      { ...by(['frank']), contributors: { people: [], unknown: ['commit c0ffee'] } },
      given({ given_by: who('frank') }),
    ],
    ['is denied', { answer: answer({ deny: [spoken] }) }, { outcome: 'denied', consent: null }],
    ['is asked for by the subject', { consent_of: null }, { outcome: 'approved', consent: null }],
  ])('it %s', (_, more, expected) => {
    expect(decide({ ...franks, ...more })).toMatchObject(expected);
  });

  test('where policy requires a review, that is enough, and the subject’s approval is none', () => {
    const require = [requires('owner', { teams: ['payments'] })];
    const reviewed = (...logins: string[]) =>
      decide({
        ...franks,
        answer: answer({ approve: [spoken], require }),
        ...by(...logins.map((login): [string] => [login])),
      });
    expect(reviewed('bob')).toMatchObject({ outcome: 'approved', consent: null });
    expect(reviewed('frank')).toMatchObject({
      ...{ outcome: 'awaiting_review', consent: null },
      not_counted: [{ code: 'approver_is_subject' }],
    });
  });

  test('consent never meets a requirement, whatever is asked and whoever approves', () => {
    const slugs = fc.subarray(['payments', 'security'], { minLength: 1 });
    const rule = fc.record({ slugs, count: fc.integer({ min: 1, max: 2 }) });
    const rules = fc.array(rule, { minLength: 1, maxLength: 3 });
    const others = fc.subarray(['alice', 'bob', 'carol', 'dave', 'erin', 'helper-bot']);
    fc.assert(
      fc.property(rules, others, (asked, logins) => {
        const all = [...logins, 'frank'];
        const judged = (approvers: readonly string[]) =>
          decide({
            ...franks,
            answer: answer({
              require: asked.map(({ slugs, count }) => requires('r', { teams: slugs }, count)),
            }),
            reviews: approvers.map((login) => review(id(login), login)),
            seen: all.map((login) => seen(id(login), 'd1')),
          });
        const [without, agreed] = [judged(logins), judged(all)];
        expect(agreed.outcome).toBe(without.outcome);
        expect(agreed.requirements).toEqual(without.requirements);
        expect(agreed.consent).toBeNull();
      }),
    );
  });
});

describe('invariant 4: every view says whose consent is missing, and who gave it', () => {
  const of = (...approvers: string[]) =>
    decide({ ...franks, reviews: approvers.map((login, n) => review(n + 1, login)) });
  const check = (...approvers: string[]) =>
    report(reporting({ changes: [decided(of(...approvers)), decided(of(...approvers))] }));
  const entry = (...approvers: string[]) => entryOf(of(...approvers));
  const words =
    'frank would get this access, and others ask for it or wrote in the pull request: frank has to approve it, or an owner of the resource (payments). Or frank opens one of their own';

  test('the check', () => {
    const waits = check();
    expect(waits.conclusion).toBe('action_required');
    expect(waits.title).toBe(
      'Not yet: 2 changes, waiting for the consent of @frank or @acme/payments',
    );
    expect(waits.summary).toContain(`- ${words} (\`consent_missing\`). In their place: \`bob\``);
    expect(waitingFor(reporting({ changes: [decided(of())] }))).toEqual({
      teams: [],
      users: ['frank'],
    });
    expect(check('frank')).toMatchObject({ conclusion: 'success' });
    expect(check('frank').summary).toContain('Consent:\n\n- `frank` agreed');
    expect(check('bob').summary).toContain('- `bob` approved it in place of `frank`');
  });

  test('beside what waits for approvals', () => {
    const asks = decide({
      ...franks,
      answer: answer({ require: [requires('owner', { teams: ['security'] })] }),
    });
    const { title } = report(reporting({ changes: [decided(asks), decided(of())] }));
    expect(title).toBe(
      'Not yet: 0 of 1 for 2 changes, waiting for @acme/security and the consent of @frank or @acme/payments',
    );
  });

  test('beside a contributor who is unknown: only approvals do not count', () => {
    const contributors = { people: [], unknown: ['commit c0ffee has no account'] };
    const unsure = decided(decide({ ...franks, contributors, reviews: [review(1, 'bob')] }));
    const { title, summary } = report(reporting({ changes: [unsure] }));
    expect(title).toBe('Not yet: waiting for the consent of @frank or @acme/payments');
    expect(summary).toMatch(/\*\*No approval counts\*\*.*\n\n- commit c0ffee has no account/);
  });

  test('the refusal of what landed', () => {
    expect(refusal(of(), 'approvals were missing')).toEqual([
      { code: 'consent_missing', rule: 'core/consent', message: words },
    ]);
    expect(refusal(of('erin'), '')).toMatchObject([
      { code: 'consent_missing' },
      { code: 'approver_contributed' },
    ]);
  });

  test('the audit log and events', () => {
    const log = (...approvers: string[]) => audited(deciding(entry(...approvers)).entry);
    expect(log()).toContain('the consent of frank is missing)');
    expect(log('frank')).toContain('No review in development.; frank agreed)');
    expect(log('bob')).toContain('; bob approved it in place of frank)');
    expect(event(deciding(entry()))).toMatchObject({
      type: 'change.asked',
      data: { change: { waiting_for: [{ teams: ['payments'], users: ['frank'], missing: 1 }] } },
    });
    expect(event(deciding(entry('frank')))).toMatchObject({
      type: 'change.approved',
      data: { change: { waiting_for: [], approved_by: [], approved_by_rules: [spoken] } },
    });
  });
});
