import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  CORE_VERSION,
  decide,
  type Deciding,
  type Decision,
} from '../../../src/core/decision/decision.js';
import type { PolicyAnswer } from '../../../src/core/decision/facts.js';
import type { Team } from '../../../src/core/grant/person.js';
import { answer, change, requires } from '../../support/core/changes.js';
import type { Reason } from '../../../src/core/reading/reason.js';
import { id, idsOf, person, review, seen, who } from '../../support/core/people.js';

const team = (slug: string, ...logins: string[]): Team => ({
  slug,
  id: 1,
  members: logins.map(person),
  below: [],
});
const account = (login: string) => ({ ...person(login), member: true });

const teams = {
  payments: team('payments', 'bob', 'alice', 'erin'),
  security: team('security', 'carol', 'bob', 'helper-bot'),
  everybody: team('everybody', 'bob', 'carol', 'dave'),
  ...{ gone: null, secret: team('secret', 'dave') },
};
const accounts = { dave: account('dave'), ghost: null, 'helper-bot': account('helper-bot') };

const asked = (said: PolicyAnswer | null, more: Partial<Deciding> = {}): Deciding => ({
  digest: change().digest,
  subject_id: change().effect.subject_id,
  answer: said,
  ...{ consent_of: null, core_denials: [], reviews: [] },
  seen: [1, 2, 3].map((n) => seen(n, 'd1')),
  requester: person('alice'),
  contributors: { people: [person('erin')], unknown: [] },
  bots: [],
  ...{ teams, accounts, ids: idsOf(teams, accounts) },
  approver_teams: ['payments', 'security', 'everybody', 'gone', 'lost'],
  ...more,
});

const spoken = { rule: 'r', message: 'm' };
const core: Reason = { code: 'end_in_past', ...spoken };
const owner = requires('owner', { teams: ['payments'] });
const security = requires('security', { teams: ['security'] });
const both = answer({ require: [owner, security] });
const said = (decision: Decision) =>
  decision.denials.map(({ rule, message }) => `${rule}: ${message}`);

describe('the algebra of the four sets', () => {
  test.each<[string, PolicyAnswer | null, Partial<Deciding>, Decision['outcome'], string[]]>([
    ['an approving rule alone', answer({ approve: [spoken] }), {}, 'approved', []],
    [
      'a requirement beats approval',
      answer({ approve: [spoken], require: [owner] }),
      {},
      'awaiting_review',
      [],
    ],
    [
      'a denial beats a requirement that is met',
      answer({ deny: [spoken], require: [owner] }),
      { reviews: [review(1, 'bob')] },
      'denied',
      ['r: m'],
    ],
    [
      'a denial beats approval',
      answer({ deny: [spoken], approve: [spoken] }),
      {},
      'denied',
      ['r: m'],
    ],
    [
      'nothing at all',
      answer(),
      {},
      'denied',
      ['core/silence: no rule of the policy approves it or asks for approvals'],
    ],
    [
      'a warning speaks for nothing',
      answer({ warn: [spoken] }),
      {},
      'denied',
      ['core/silence: no rule of the policy approves it or asks for approvals'],
    ],
    ['no answer', null, {}, 'denied', ['core/policy: the policy was not asked']],
    ['what the core denies before policy', null, { core_denials: [core] }, 'denied', ['r: m']],
    [
      'what the core denies beside policy',
      answer({ approve: [spoken] }),
      { core_denials: [core] },
      'denied',
      ['r: m'],
    ],
  ])('invariant 3: %s', (_, policy, more, outcome, denials) => {
    const decision = decide(asked(policy, more));
    expect(decision.outcome).toBe(outcome);
    expect(said(decision)).toEqual(denials);
  });

  test('a decision carries the version of the core that made it', () => {
    expect(decide(asked(answer({ approve: [spoken] }))).core).toBe(CORE_VERSION);
  });

  test('warnings are kept, and an approval without review names its rule', () => {
    const decision = decide(
      asked(answer({ approve: [spoken], warn: [{ rule: 'w', message: 'look' }] })),
    );
    expect(decision.warnings).toEqual([{ code: 'warned', rule: 'w', message: 'look' }]);
    expect(decision.approved_by_rules).toEqual([{ code: 'approved_by_rule', ...spoken }]);
    expect(
      decide(asked(answer({ approve: [spoken], require: [owner] }))).approved_by_rules,
    ).toEqual([]);
  });
});

describe('requirements', () => {
  test('invariant 4: two requirements need two people; one approval meets one of them', () => {
    const one = decide(asked(both, { reviews: [review(1, 'bob')] }));
    expect(one.outcome).toBe('awaiting_review');
    expect(one.requirements).toMatchObject([
      {
        asked_by: [{ rule: 'owner', message: 'owner must approve' }],
        teams: ['payments'],
        met_by: [who('bob')],
        eligible: [],
      },
      { teams: ['security'], met_by: [], eligible: [who('carol')] },
    ]);
    const two = decide(asked(both, { reviews: [review(1, 'bob'), review(2, 'carol')] }));
    expect(two.outcome).toBe('approved');
    expect(two.requirements.map((r) => r.met_by)).toEqual([[who('bob')], [who('carol')]]);
  });

  test('requirements with the same people merge to the highest count', () => {
    const policy = answer({
      require: [
        requires('one', { teams: ['security', 'payments'] }),
        requires('two', { teams: ['payments', 'security'] }, 2),
        requires('strict', { teams: ['payments', 'security'] }, 1, [id('carol')]),
      ],
    });
    const { requirements } = decide(
      asked(policy, {
        teams: { ...asked(null).teams, security: team('security', 'carol', 'bob', 'dave') },
      }),
    );
    expect(requirements.map((r) => [r.asked_by.map((a) => a.rule), r.count])).toEqual([
      [['one', 'two'], 2],
      [['strict'], 1],
    ]);
  });

  test('invariant 4: nobody is eligible who requested it, would get it, contributed, is a bot or is excluded', () => {
    const policy = answer({
      require: [
        requires('any', { teams: ['payments', 'security'], users: ['Dave'] }, 1, [id('carol')]),
      ],
    });
    const { requirements, outcome } = decide(asked(policy));
    expect(outcome).toBe('awaiting_review');
    expect(requirements).toMatchObject([{ users: ['dave'], eligible: [who('bob'), who('dave')] }]);
  });

  test.each<[string, PolicyAnswer, string]>([
    [
      'invariant 9: a team that nobody declared',
      answer({ require: [requires('r', { teams: ['secret'] })] }),
      'r: asks for the team secret, which is neither in settings nor an owner in the catalog',
    ],
    [
      'invariant 3: a team that GitHub does not know',
      answer({ require: [requires('r', { teams: ['gone'] })] }),
      'r: asks for the team gone, which GitHub does not know',
    ],
    [
      'invariant 3: a team that was not resolved',
      answer({ require: [requires('r', { teams: ['lost'] })] }),
      'r: asks for the team lost, which GitHub does not know',
    ],
    [
      'invariant 3: a team named as what every object has',
      answer({ require: [requires('r', { teams: ['constructor'] })] }),
      'r: asks for the team constructor, which is neither in settings nor an owner in the catalog',
    ],
    [
      'invariant 3: a user whom GitHub does not know',
      answer({ require: [requires('r', { users: ['ghost'] })] }),
      'r: asks for ghost, whom GitHub does not know',
    ],
    [
      'too few eligible people',
      answer({ require: [requires('r', { users: ['helper-bot'] })] }),
      'r: only 0 of 1 can be found among helper-bot: requester, subject, contributors and bots do not count',
    ],
    [
      'too few of a team',
      answer({ require: [requires('r', { teams: ['security'] }, 3)] }),
      'r: only 2 of 3 can be found among security: requester, subject, contributors and bots do not count',
    ],
    [
      'invariant 3: nobody',
      answer({ require: [requires('r', {})] }),
      'r: only 0 of 1 can be found among nobody: requester, subject, contributors and bots do not count',
    ],
    [
      'invariant 3: no number of people',
      answer({ require: [requires('r', { teams: ['security'] }, 0)] }),
      'r: asks for 0 approvals, which is not a number of people',
    ],
    [
      'too few for all requirements at once',
      answer({ require: [owner, requires('second', { teams: ['payments'] }, 1, [7])] }),
      'core/people: each requirement needs different people, and only 1 of 2 can be found',
    ],
  ])('%s is denied at once', (_, policy, denial) => {
    const decision = decide(asked(policy));
    expect(decision.outcome).toBe('denied');
    expect(said(decision)).toEqual([denial]);
  });

  test('invariant 4: approvals by people who were not asked are listed', () => {
    const policy = answer({
      require: [requires('strict', { teams: ['security'] }, 1, [id('bob')])],
    });
    const { not_counted } = decide(
      asked(policy, { reviews: [review(1, 'bob'), review(2, 'dave'), review(3, 'erin')] }),
    );
    expect(not_counted.map(({ who: one, message }) => `${one?.login} ${message}`)).toEqual([
      'erin they contributed to the branch',
      'bob the rule that asks does not accept them',
      'dave they are not among the people asked',
    ]);
  });

  test('invariant 4: the people behind a bot cannot approve what the bot asks for', () => {
    const request = (more: Partial<Deciding>) =>
      decide(
        asked(answer({ require: [owner] }), {
          ...more,
          reviews: [review(1, 'bob')],
          requester: person('helper-bot'),
          contributors: { people: [], unknown: [] },
        }),
      );
    const unnamed = request({});
    expect(unnamed.outcome).toBe('awaiting_review');
    expect(unnamed.not_counted).toMatchObject([{ code: 'contributors_unknown' }]);
    expect(unnamed.warnings).toMatchObject([{ message: expect.stringContaining('helper-bot') }]);
    const behind = (login: string) =>
      request({ bots: [{ id: id('helper-bot'), people: [who(login)], because: 'runs it' }] });
    expect(behind('bob').not_counted).toMatchObject([{ code: 'approver_contributed' }]);
    expect(behind('carol').outcome).toBe('approved');
  });

  test('invariant 4: an unidentified contributor is named, and no approval counts until they are identified', () => {
    const unknown = ['commit 1a2b3c has no account: push it again'];
    const decision = decide(
      asked(both, {
        reviews: [review(1, 'bob'), review(2, 'carol')],
        contributors: { people: [], unknown },
      }),
    );
    expect(decision.outcome).toBe('awaiting_review');
    expect(decision.warnings).toEqual([
      { code: 'contributors_unknown', rule: 'core/contributors', message: unknown[0] },
    ]);
    expect(decision.not_counted).toHaveLength(2);
  });

  test('invariant 5: an approval of another effect meets no requirement', () => {
    const decision = decide(
      asked(both, {
        reviews: [review(1, 'bob'), review(2, 'carol')],
        seen: [seen(1, 'd0'), seen(2, 'd1')],
      }),
    );
    expect(decision.requirements.map((r) => r.met_by.map((w) => w.login))).toEqual([[], ['carol']]);
  });

  test('invariant 4: the approval of somebody who left the team no longer counts', () => {
    const teams = { ...asked(null).teams, security: team('security', 'dave') };
    const decision = decide(
      asked(both, { reviews: [review(1, 'bob'), review(2, 'carol')], teams }),
    );
    expect(decision.outcome).toBe('awaiting_review');
    expect(decision.not_counted).toMatchObject([
      { who: who('carol'), message: 'they are not among the people asked' },
    ]);
  });
});

describe('any answers and reviews', () => {
  const rules = fc.array(
    fc
      .record({
        teams: fc.subarray(['payments', 'security', 'everybody', 'gone', 'secret']),
        users: fc.subarray(['dave', 'ghost']),
        count: fc.integer({ min: 1, max: 3 }),
        exclude: fc.subarray([102, 103]),
      })
      .map(({ teams, users, count, exclude }) => requires('r', { teams, users }, count, exclude)),
    { maxLength: 3 },
  );
  const answers = fc.record({
    deny: fc.subarray([spoken]),
    warn: fc.subarray([spoken]),
    require: rules,
    approve: fc.subarray([spoken]),
  });
  const approvers = fc.subarray(['alice', 'bob', 'carol', 'dave', 'erin', 'helper-bot']);
  const approvals = (logins: string[]) => ({
    reviews: logins.map((login) => review(id(login), login)),
    seen: logins.map((login) => seen(id(login), 'd1')),
  });

  test('invariant 3: approved means that a rule spoke, none denied and every requirement is met', () => {
    fc.assert(
      fc.property(answers, approvers, (policy, logins) => {
        const { outcome, denials, requirements } = decide(asked(policy, approvals(logins)));
        if (outcome !== 'approved') return;
        expect(denials).toEqual([]);
        expect(policy.deny).toEqual([]);
        expect(policy.require.length + policy.approve.length).toBeGreaterThan(0);
        const met = requirements.flatMap((r) => r.met_by.map((one) => one.login));
        expect(new Set(met).size).toBe(met.length);
        for (const { count, met_by } of requirements) expect(met_by).toHaveLength(count);
        for (const login of met) expect(['bob', 'carol', 'dave']).toContain(login);
      }),
    );
  });

  test('invariant 4: another approval never takes an approval away, and another denial never gives one', () => {
    fc.assert(
      fc.property(answers, approvers, approvers, (policy, logins, more) => {
        const rank = { denied: 0, awaiting_review: 1, approved: 2 };
        const few = rank[decide(asked(policy, approvals(logins))).outcome];
        const union = [...new Set([...logins, ...more])];
        expect(rank[decide(asked(policy, approvals(union))).outcome]).toBeGreaterThanOrEqual(few);
        const denied = { ...policy, deny: [spoken] };
        expect(decide(asked(denied, approvals(union))).outcome).toBe('denied');
      }),
    );
  });
});
