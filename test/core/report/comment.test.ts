import { describe, expect, test } from '@jest/globals';
import { comment } from '../../../src/core/report/report.js';
import { GRANT, minute, record, told, type Told, window } from '../../../lab/acme/story.js';

const active = [told.approved(), told.activating(1), told.activated(1)];
const now = new Date(minute(10));
const start = '- `alice`, `read-only` on `orders-db` in `production`: ';
const end = ' (`access-grants/production/alice-orders.yml`)';
const expired = (more: object): Told => {
  const [at, kind, body] = told.expired(241);
  return [at, kind, { ...body, ...more }];
};
const lines = (...story: Told[]) =>
  comment({ grants: [record(...story)], ignored: [], now }).split('\n\n');

describe('the comment on a merged pull request', () => {
  test.each<[string, Told[], string]>([
    ['scheduled', [told.approved()], 'approved, not active yet (4h from the merge).'],
    [
      'waiting',
      [told.approved(), told.failed(1, false, 2)],
      'approved, not active yet (4h from the merge). The last attempt failed, and Daypass will try again: connection refused.',
    ],
    [
      'activating',
      [told.approved(), told.activating(1)],
      'being activated (until 2026-11-24 21:01 UTC).',
    ],
    ['active', active, '**active until 2026-11-24 21:01 UTC**.'],
    [
      'ending soon',
      [...active, told.soon(226, 241)],
      '**active until 2026-11-24 21:01 UTC**. **It ends soon.** To extend it, set `duration: 5h` in its file with a pull request that is approved and merged before the end.',
    ],
    [
      'extended after that',
      [...active, told.soon(226, 241), told.extended(230, 5, window(1, 301))],
      '**active until 2026-11-24 22:01 UTC**.',
    ],
    [
      'ended by an operator',
      [...active, [9, 'grant.ending', { why: 'laptop stolen', who: null, claimed_by: 'root@ops' }]],
      'being taken away: laptop stolen (an operator, by their own account `root@ops`).',
    ],
    [
      'held though it would end early',
      [...active, told.held(9, { why: 'alice has *left*', reasons: [] })],
      '**active until 2026-11-24 21:01 UTC**. **Its early end is held**: alice has \\*left\\*.',
    ],
    [
      'held no longer',
      [...active, told.held(9), told.released(10)],
      '**active until 2026-11-24 21:01 UTC**.',
    ],
    [
      'held and then ended',
      [...active, told.held(9), told.ending(10)],
      'being taken away: file removed (`bob`).',
    ],
    [
      'held until its own end',
      [...active, told.held(9), told.expired(241)],
      'ended at its time, seen gone at 2026-11-24 21:01 UTC.',
    ],
    ['ending', [...active, told.ending(9)], 'being taken away: file removed (`bob`).'],
    [
      'expired',
      [...active, told.expired(241)],
      'ended at its time, seen gone at 2026-11-24 21:01 UTC.',
    ],
    [
      'revoked',
      [...active, told.ending(9), told.revoked(10)],
      'ended early, seen gone at 2026-11-24 17:10 UTC: file removed (`bob`).',
    ],
    [
      'expired, and still there for another reason',
      [...active, expired({ observed: [{ level: 'member', origin: 'standing' }] })],
      'ended at its time, seen to be over at 2026-11-24 21:01 UTC (**still there**: member (standing), explained by another live grant, a standing entry or what was there before).',
    ],
    [
      'expired, with what was gained meanwhile',
      [...active, expired({ gained: ['SELECT on table public.orders to alice, given by boss'] })],
      'ended at its time, seen gone at 2026-11-24 21:01 UTC. **Drift**: gained meanwhile: SELECT on table public.orders to alice, given by boss.',
    ],
    [
      'lapsed, and still there for another reason',
      [
        told.approved(),
        told.activating(1),
        [60, 'grant.lapsed', { why: 'late', observed: [{ level: 'member', origin: 'ours' }] }],
      ],
      'lapsed at 2026-11-24 18:00 UTC (**still there**: member (ours), explained by another live grant, a standing entry or what was there before): late.',
    ],
    [
      'withdrawn',
      [told.approved(), told.withdrawn(3)],
      'withdrawn at 2026-11-24 17:03 UTC, before there was access: file removed (`bob`).',
    ],
    [
      'lapsed',
      [told.approved(), told.lapsed(60)],
      'lapsed at 2026-11-24 18:00 UTC: not activated in time.',
    ],
    [
      'refused',
      [told.approved(), told.refused(1)],
      'refused at 2026-11-24 17:01 UTC, before there was access: the policy said no.',
    ],
    ['quarantined', [told.quarantined()], '**quarantined**, so there is no access: not approved.'],
    [
      'overdue',
      [...active, told.ending(2), told.failed(2, true, 3), told.overdue(2)],
      'being taken away: file removed (`bob`). **OVERDUE: it should have ended at 2026-11-24 17:02 UTC and has not been seen gone.** The last attempt failed, and Daypass will try again: connection refused.',
    ],
    [
      'drifted',
      [...active, told.drift(9, 'admin')],
      '**active until 2026-11-24 21:01 UTC**. **Drift**: admin.',
    ],
  ])('a grant that is %s', (_, story, expected) => {
    expect(lines(...story)).toEqual(['**Daypass**', `${start}${expected}${end}`]);
  });

  test('a grant whose end is due is described as ending', () => {
    const late = comment({ grants: [record(...active)], ignored: [], now: new Date(minute(242)) });
    expect(late).toContain('ending; it was until 2026-11-24 21:01 UTC.');
  });

  test('another failed attempt changes nothing, and mentions nobody', () => {
    const once = [...active, told.ending(2), told.failed(2, true, 3)];
    expect(lines(...once, told.failed(3, true, 5))).toEqual(lines(...once));
    const [at, kind] = told.failed(2, true, 3);
    const error = '@alice | <b>';
    const hostile: Told = [at, kind, { ending: true, error, lasting: false, retry_at: minute(3) }];
    expect(lines(...active, hostile)[1]).toContain('try again: @\u200balice &#124; \\<b\\>.');
  });

  test('what was not applied is listed, escaped, and cut to a bounded number of lines', () => {
    const ignored = ['a: @bob', ...Array.from({ length: 24 }, (_, i) => `b${String(i)}`)];
    const told = comment({ grants: [], ignored, now }).split('\n\n');
    expect(told).toHaveLength(22);
    expect(told[1]).toBe('- Not applied: a: @\u200bbob');
    expect(told.at(-1)).toBe('- and 5 more');
  });

  test('grants always come in the same order', () => {
    const one = record(...active);
    const other = { ...one, id: `${GRANT}2` };
    const of = (...grants: (typeof one)[]) => comment({ grants, ignored: [], now });
    expect(of(other, one)).toBe(of(one, other));
    expect(of(other, one).split('\n\n')).toHaveLength(3);
  });
});
