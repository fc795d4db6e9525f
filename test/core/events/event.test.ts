import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import type { Tellable } from '../../../src/core/events/event.js';
import type { PolicyInput } from '../../../src/core/decision/facts.js';
import type { GrantRecord } from '../../../src/core/grant/record.js';
import { fold } from '../../../src/core/ledger/fold.js';
import {
  GRANT,
  PATH,
  alice,
  bob,
  entries,
  minute,
  told,
  window,
  type Told,
} from '../../../lab/acme/story.js';
import {
  TELLING,
  decided,
  deciding,
  decisions,
  event,
  input,
  telling,
} from '../../support/core/telling.js';

const schema = JSON.parse(
  readFileSync(new URL('../../../docs/events.schema.json', import.meta.url), 'utf8'),
) as object;
const ajv = new Ajv({ strict: true, allErrors: true, allowUnionTypes: true });
formats.default(ajv);
const valid = ajv.compile(schema);
const active = [told.approved(), told.activating(), told.activated()];

describe('events out', () => {
  test.each(Object.entries(TELLING))('%s matches its schema', (type, of) => {
    const told = event(of);
    if (!told) throw new Error('nothing is told');
    const { id, ...body } = told;
    expect(body.type).toBe(type);
    expect(valid(body) ? [] : valid.errors).toEqual([]);
    expect(body.timestamp).toBe(of.entry.at);
    expect(id).toBe(`daypass-${String(of.entry.seq)}-${of.entry.hash.slice(0, 32)}`);
    expect(id).not.toContain('.');
    expect(event(of)).toEqual(told);
  });

  test('the schema refuses unknown fields and types', () => {
    const told = event(TELLING['grant.active']);
    const { id: _, ...body } = told ?? {};
    expect(valid({ ...body, more: 1 })).toBe(false);
    expect(valid({ ...body, type: 'grant.gone' })).toBe(false);
  });

  test('an event about a change says what is requested, who has to approve it and who did', () => {
    expect(event(TELLING['change.asked'])?.data).toMatchObject({
      repository: 'acme/access',
      pull_request: 7,
      access: { path: PATH, subject: alice, reason: 'Slow order queries', ticket: 'INC-4821' },
      requester: alice,
      change: { kind: 'added', waiting_for: [{ teams: ['payments'], users: [], missing: 1 }] },
    });
    expect(event(TELLING['change.approved'])?.data).toMatchObject({
      change: { waiting_for: [], approved_by: [bob] },
    });
  });

  test('an event about a grant says its end, and how to extend it', () => {
    expect(event(TELLING['grant.ending_soon'])?.data).toMatchObject({
      grant: { id: GRANT, state: 'active', ends_at: minute(241), extend_by: 'duration: 5h' },
    });
    expect(event(telling(...active, told.extended(9, 5, window(1, 301))))?.data).toMatchObject({
      access: { duration_seconds: 5 * 3600 },
      grant: { ends_at: minute(301) },
    });
    expect(event(TELLING['grant.revoked'])?.data).toMatchObject({
      grant: { state: 'revoked', why: ['seen gone'], by: null, late_seconds: 0 },
    });
  });

  test('invariant 8: other words, those that were approved, and whose they are', () => {
    expect(event(TELLING['grant.reworded'])?.data).toMatchObject({
      access: { reason: 'Slow queries since 14:10', ticket: 'INC-4821' },
      grant: {
        approved_with: { reason: 'Slow order queries', ticket: 'INC-4821' },
        by: alice,
      },
    });
  });

  test('invariant 5: what nobody would see is written out in words', () => {
    const hidden = told.reworded(9, 'Slow\u200b\nqueries', 'INC-1\u00ad');
    expect(event(telling(...active, hidden))?.data.access).toMatchObject({
      reason: 'Slow‹U+200B›\nqueries',
      ticket: 'INC-1‹U+00AD›',
    });
    const revoked: Told = [
      9,
      'grant.revoked',
      { observed: [], late_ms: 0, why: 'x\u{e0041}', who: null },
    ];
    expect(event(telling(...active, revoked))?.data).toMatchObject({
      grant: { why: ['x‹U+E0041›'] },
    });
  });

  test('invariant 14: an event about an end says what is still there and what was gained meanwhile', () => {
    const more = {
      observed: [{ level: 'member', origin: 'standing' as const }],
      gained: ['owns table public.copy'],
    };
    const told_of = event(telling(...active, [241, 'grant.expired', { late_ms: 0, ...more }]));
    expect(told_of?.data).toMatchObject({
      grant: { left: ['member (standing)'], gained: ['owns table public.copy'] },
    });
    const { id: _, ...body } = told_of ?? {};
    expect(valid(body)).toBe(true);
  });

  test.each<[string, Tellable, string | null]>([
    ['waits as before', deciding(decided(decisions.asked), 'awaiting_review'), null],
    [
      'waits again, since an approval is void',
      deciding(decided(decisions.asked), 'approved'),
      'change.asked',
    ],
    ['waits, and was denied', deciding(decided(decisions.asked), 'denied'), 'change.asked'],
    ['needs no review', deciding(decided(decisions.approved)), 'change.approved'],
    ['is approved as before', deciding(decided(decisions.approved), 'approved'), null],
    ['is denied', deciding(decided(decisions.denied)), null],
    ['is decided at its step', deciding(decided(decisions.approved, { moment: 'step' })), null],
    ['is decided by the core alone', deciding(decided(decisions.asked, { replay: null })), null],
  ])('a change that %s', (_, of, type) => {
    expect(event(of)?.type ?? null).toBe(type);
  });

  test('an event about a withdrawal has the access that it takes away', () => {
    const { grant, ...rest } = input;
    if (!grant) throw new Error('it is asked for');
    const previous = { ...grant, id: GRANT, state: 'active', ends_at: null, requester_id: 101 };
    const withdrawal: PolicyInput = {
      ...rest,
      change: { ...input.change, kind: 'withdrawn', less: true },
      grant: null,
      previous,
    };
    expect(event(deciding(decided(decisions.asked, {}, withdrawal)))?.data).toMatchObject({
      access: { path: PATH, subject: alice },
      change: { kind: 'withdrawn' },
    });
  });

  test.each([
    ['approved at its step', [told.approved()]],
    ['being made', [told.approved(), told.activating()]],
    ['tried again', [told.approved(), told.failed(1, false, 2)]],
    ['being ended', [...active, told.ending(9)]],
    ['not what was given', [...active, told.drift(9, 'admin')]],
  ])('there is no event for a grant that is %s', (_, story) => {
    expect(event(telling(...story))).toBeNull();
  });

  test('events about endings and quarantines have the codes that the entry has', () => {
    const reasons = [
      { code: 'policy_denied', key: 'ticket', rule: 'production/ticket', message: 'no ticket' },
    ] as const;
    const [at, kind, body] = told.quarantined();
    const coded = event(telling([at, kind, { ...body, reasons: [...reasons] }]));
    expect(coded?.data).toMatchObject({ grant: { why: ['not approved'], reasons } });
    const { id: _, ...sent } = coded ?? {};
    expect(valid(sent) ? [] : valid.errors).toEqual([]);
    expect(JSON.stringify(event(TELLING['grant.quarantined']))).not.toContain('reasons');

    const { id: __, ...overdue } = event(telling(...active, told.overdue(241))) ?? {};
    expect(valid(overdue) ? [] : valid.errors).toEqual([]);

    const ending = told.ending(9);
    const act = { ...ending[2], reasons: [{ code: 'file_no_longer_asks', message: 'gone' }] };
    const story = [...active, [ending[0], ending[1], act] as Told];
    expect(entries(...story).reduce<GrantRecord | null>(fold, null)?.revoked_by).toMatchObject({
      reasons: act.reasons,
    });
  });

  test('who ran a command is told as a claim', () => {
    const [at, kind, body] = told.revoked(9);
    const claimed = { ...body, claimed_by: 'root@ops\u202e-1' } as Told[2];
    const { id: _, ...sent } = event(telling(...active, told.ending(9), [at, kind, claimed])) ?? {};
    expect(sent).toMatchObject({
      data: { grant: { by: null, claimed_by: 'root@ops‹U+202E›-1' } },
    });
    expect(valid(sent) ? [] : valid.errors).toEqual([]);
  });

  test('long texts are cut, so that no event is large', () => {
    const [at, kind, body] = told.quarantined();
    const why = Array.from({ length: 1000 }, () => 'x'.repeat(10_000));
    const told_ = event(telling([at, kind, { ...body, why }]));
    expect(JSON.stringify(told_).length).toBeLessThan(20_000);
  });
});
