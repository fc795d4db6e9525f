import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decide, type Deciding } from '../../../src/core/decision/decision.js';
import { groundsOf } from '../../../src/core/decision/grounds.js';
import { decideAgain, type DecisionBody } from '../../../src/core/decision/decide-again.js';
import type { Team } from '../../../src/core/grant/person.js';
import { canonical } from '../../../src/core/reading/canonical.js';
import { answer, requires } from '../../support/core/changes.js';
import { id, person, review, seen, who } from '../../support/core/people.js';

const team = (slug: string, ...logins: string[]): Team => ({
  slug,
  id: 1,
  members: logins.map(person),
  below: [7],
});
const owner = requires('owner', { teams: ['payments'] });
const dave = requires('dave', { users: ['Dave'] });

const account = { ...person('dave'), member: true };

/** Bob has approved, as one of the payments team asks. */
const plain: Deciding = {
  digest: 'd1',
  subject_id: id('alice'),
  consent_of: null,
  answer: answer({ require: [owner] }),
  core_denials: [],
  reviews: [review(1, 'bob')],
  seen: [1, 2, 3, 4].map((n) => seen(n, 'd1')),
  requester: person('alice'),
  contributors: { people: [person('alice')], unknown: [] },
  bots: [],
  teams: {
    payments: team('payments', 'bob', 'carol'),
    others: team('others', 'frank'),
    gone: null,
  },
  accounts: { dave: account, frank: null },
  approver_teams: ['payments', 'others', 'gone'],
  ids: { teams: { payments: 1, others: 1, gone: null }, users: { dave: 104, frank: null } },
};
/** No rule asks for a review of it, and somebody else than alice asks for it. */
const without: Partial<Deciding> = {
  requester: person('dave'),
  contributors: { people: [], unknown: [] },
  answer: answer({ approve: [{ rule: 'r', message: 'm' }] }),
  consent_of: { subject: who('alice'), teams: ['payments'] },
};
const helper = person('helper-bot');
const named = [{ id: helper.id, people: [who('bob')], because: 'bob runs it' }];
const read = (reason: string) => ({ path: 'p', access: 'a', reason, ticket: null });

/** The entry of a decision as the ledger has it: the answer and the approvals are in it, or beside. */
function entryOf(given: Deciding, beside: boolean): DecisionBody {
  const decision = decide(given);
  const { digest, answer: said, seen: reviews } = given;
  const body = beside
    ? { replay: { answer: said, reviews }, grounds: groundsOf(given, { answer: true, seen: true }) }
    : { replay: null, grounds: groundsOf(given) };
  return JSON.parse(canonical({ digest, decision, ...body })) as DecisionBody;
}

const same = (given: Deciding) => {
  for (const beside of [true, false]) {
    const body = entryOf(given, beside);
    expect(canonical(decideAgain(body))).toBe(canonical(body.decision));
  }
};

describe('invariant 23: a decision is made again from its entry alone, to the same bytes', () => {
  test.each<[string, Partial<Deciding>]>([
    ['one that is met', {}],
    ['one that waits', { reviews: [] }],
    ['one without an answer', { answer: null }],
    ['what the core denied', { core_denials: [{ code: 'end_in_past', message: 'Past.' }] }],
    [
      'what a rule approves, and another warns of',
      {
        answer: answer({
          approve: [{ rule: 'r', message: 'm' }],
          warn: [{ rule: 'w', message: 'm' }],
        }),
      },
    ],
    [
      'what a rule denies',
      { answer: answer({ deny: [{ rule: 'r', message: 'm', key: 'role' }] }) },
    ],
    [
      'one that asks an account, in another case',
      {
        answer: answer({ require: [dave] }),
        reviews: [review(1, 'dave')],
      },
    ],
    [
      'one that asks nobody who is known',
      {
        answer: answer({
          require: [requires('r', { teams: ['gone', 'lost', 'secret'], users: ['frank', 'zoe'] })],
        }),
      },
    ],
    [
      'one that asks for too many',
      { answer: answer({ require: [requires('r', { teams: ['payments'] }, 3)] }) },
    ],
    [
      'one that asks for none',
      { answer: answer({ require: [requires('r', { teams: ['payments'] }, 0)] }) },
    ],
    [
      'one that excludes somebody',
      {
        answer: answer({ require: [requires('r', { teams: ['payments'] }, 1, [id('bob')])] }),
      },
    ],
    ['an approval by somebody who was not asked', { reviews: [review(1, 'frank')] }],
    [
      'an approval by somebody who is there by a grant',
      {
        reviews: [review(1, 'frank')],
        by_grant: new Set([id('frank')]),
      },
    ],
    [
      'the verdict of a person who later asked for changes',
      {
        reviews: [
          review(1, 'bob'),
          review(2, 'bob', 'CHANGES_REQUESTED'),
          review(3, 'bob', 'COMMENTED'),
        ],
      },
    ],
    ['a dismissed one', { reviews: [review(1, 'bob'), review(2, 'bob', 'DISMISSED')] }],
    ['an approval of an account that is gone', { reviews: [review(1, null)] }],
    ['a requester whose account is gone', { requester: null }],
    [
      'contributors with their types',
      { contributors: { people: [person('bob'), helper], unknown: [] } },
    ],
    ['contributors who are unknown', { contributors: { people: [], unknown: ['commit c0ffee'] } }],
    ['a bot with somebody behind it', { requester: helper, bots: named }],
    ['a bot with nobody behind it', { requester: helper, bots: [] }],
    ['an approval of another effect', { seen: [seen(1, 'd0')] }],
    ['an approval that was never recorded', { seen: [] }],
    [
      'an approval of other words',
      {
        seen: [{ ...seen(1, 'd0'), words: [read('One')] }],
        words: read('Another'),
      },
    ],
    ['a change that gives nobody anything', { subject_id: null }],
    ['one that waits for consent', { ...without, reviews: [] }],
    ['one that the subject agrees to', { ...without, reviews: [review(1, 'alice')] }],
    ['one that an owner approves in place of the subject', without],
  ])('%s', (_, more) => {
    same({ ...plain, ...more });
  });

  test('any reviews by anybody, under any requirements', () => {
    const login = fc.constantFrom('alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'helper-bot');
    const verdict = fc.constantFrom(
      'APPROVED',
      'CHANGES_REQUESTED',
      'DISMISSED',
      'COMMENTED',
      'PENDING',
    );
    const logins = fc.uniqueArray(login, { maxLength: 4 });
    const some = fc.record({
      reviews: fc.array(fc.tuple(login, verdict), { maxLength: 6 }),
      ...{ payments: logins, others: logins, contributors: logins, left_out: logins },
      asked: fc.uniqueArray(fc.constantFrom('payments', 'others', 'gone', 'lost'), {
        maxLength: 3,
      }),
      count: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(some, (one) => {
        same({
          ...plain,
          reviews: one.reviews.map(([by, says], n) => review(n + 1, by, says)),
          teams: {
            payments: team('payments', ...one.payments),
            others: team('others', ...one.others),
          },
          contributors: { people: one.contributors.map(person), unknown: [] },
          by_grant: new Set(one.left_out.map(id)),
          answer: answer({ require: [requires('r', { teams: one.asked }, one.count), owner] }),
        });
      }),
    );
  });

  test.each<[string, (grounds: NonNullable<DecisionBody['grounds']>) => object]>([
    ['who contributed', () => ({ contributors: { people: [person('bob')], unknown: [] } })],
    ['who could not be told', () => ({ contributors: { people: [], unknown: ['x'] } })],
    ['who asked', () => ({ requester: person('bob') })],
    ['who would get it', () => ({ subject_id: id('bob') })],
    ['the verdicts', () => ({ reviews: [review(1, 'bob', 'DISMISSED')] })],
    ['who was in the team', () => ({ teams: { payments: { id: 1, members: [person('carol')] } } })],
    ['who the approvers are', () => ({ ids: { teams: { payments: 9 }, users: {} } })],
    ['which teams may be asked', () => ({ approver_teams: [] })],
    ['what the core denied', () => ({ core_denials: [{ code: 'too_long', message: 'm' }] })],
    ['what was approved', () => ({ seen: [seen(1, 'd0')] })],
    ['the answer', () => ({ answer: answer() })],
  ])('it is another one where its grounds are: %s', (_, change) => {
    const body = entryOf(plain, false);
    if (!body.grounds) throw new Error('it has grounds');
    const other = { ...body, grounds: { ...body.grounds, ...change(body.grounds) } };
    expect(canonical(decideAgain(other as DecisionBody))).not.toBe(canonical(body.decision));
  });

  test('it is another one where nobody was asked to agree', () => {
    const { grounds, ...body } = entryOf({ ...plain, ...without, reviews: [] }, false);
    if (!grounds?.consent_of) throw new Error('its grounds say who was asked');
    const { consent_of: _consent_of, ...other } = grounds;
    expect(decideAgain({ ...body, grounds })?.outcome).toBe('awaiting_review');
    expect(decideAgain({ ...body, grounds: other })?.outcome).toBe('approved');
  });

  test('its grounds have nobody whom no requirement names', () => {
    const { grounds } = entryOf(plain, false);
    expect(grounds).toMatchObject({
      teams: { payments: { id: 1, members: [person('bob'), person('carol')] } },
      approver_teams: ['payments'],
    });
    expect(Object.keys(grounds?.teams ?? {})).toEqual(['payments']);
    expect(grounds?.accounts).toEqual({});
  });

  test('one that was recorded without grounds cannot be made again', () => {
    const { grounds: _grounds, ...older } = entryOf(plain, true);
    expect(decideAgain(older as DecisionBody)).toBeNull();
  });

  test('another answer of the archived policy makes another decision', () => {
    const denied = answer({ deny: [{ rule: 'r', message: 'No.' }] });
    expect(decideAgain(entryOf(plain, true), denied)?.outcome).toBe('denied');
  });
});
