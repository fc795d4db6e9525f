import { describe, expect, test } from '@jest/globals';
import { departures } from '../../../../src/core/ledger/early/departed.js';
import { MASS_ENDING } from '../../../../src/core/policy/mass-ending.js';
import { GRANT, record, told, type Told } from '../../../../lab/acme/story.js';

const of = (id: number, ...story: readonly Told[]) => ({
  ...record(...story),
  id: `${GRANT}-${id}`,
  subject: { id, login: `user-${id}` },
});
const landed = told.approved(0, { member: true });
const scheduled = [landed];
const active = [landed, told.activating(), told.activated()];
const departed = new Set([101]);

describe('invariant 16: what ends because somebody has left the organisation', () => {
  test.each<[string, readonly Told[], string | null]>([
    ['access that exists', active, 'grant.ending'],
    ['access that may exist', active.slice(0, 2), 'grant.ending'],
    ['what has not begun', scheduled, 'grant.withdrawn'],
    [
      'nothing of who was no member when it was decided',
      [told.approved(), ...active.slice(1)],
      null,
    ],
    ['nothing that is ending already', [...active, told.ending(5)], null],
  ])('%s', (_, story, kind) => {
    const live = [of(101, ...story), of(102, ...active)];
    const { entries, held } = departures({ live, departed, mass_ending: MASS_ENDING });
    const why = 'user-101 (id 101) is no longer a member of the organisation';
    const body = { why, who: null, reasons: [{ code: 'subject_left', message: why }] };
    expect(held).toBeNull();
    expect(entries).toEqual(
      kind === null ? [] : [{ kind, grant: `${GRANT}-101`, pull_request: 7, body }],
    );
  });

  const people = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => of(from + i, ...active));
  test.each([
    ['ten of eleven', 10, 11, 10],
    ['eleven of forty', 11, 40, 0],
    ['eleven of forty-four, which is a quarter', 11, 44, 11],
  ])('invariant 20: %s people', (_, lose, have, ends) => {
    const live = people(1, have);
    const gone = new Set(Array.from({ length: lose }, (__, i) => i + 1));
    const { entries, held } = departures({ live, departed: gone, mass_ending: MASS_ENDING });
    expect(held === null).toBe(ends > 0);
    if (held === null) {
      expect(entries.map(({ kind }) => kind)).toEqual(Array(ends).fill('grant.ending'));
      return;
    }
    expect(held).toContain(`${lose} of the ${have} people`);
    expect(entries).toHaveLength(lose);
    const why = `user-1 (id 1) is no longer a member of the organisation; ${held}`;
    const body = { why, reasons: [{ code: 'departures_held', message: why }] };
    expect(entries[0]).toEqual({
      ...{ kind: 'grant.end_held', grant: `${GRANT}-1`, pull_request: 7 },
      body,
    });
  });

  /** Eleven people whose ends are held, but the first of them has another story. */
  const held = [...active, told.held(5)];
  const eleven = (first: readonly Told[] = held) =>
    Array.from({ length: 11 }, (_, i) => of(1 + i, ...(i === 0 ? first : held)));
  const all = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
  test.each<[string, readonly Told[], readonly number[], readonly string[], boolean]>([
    ['is not recorded again', held, all, [], false],
    ['is recorded of one more person', active, all, ['grant.end_held 1'], true],
    [
      'is recorded again of who left again',
      [...held, told.released(6)],
      all,
      ['grant.end_held 1'],
      true,
    ],
    [
      'is let go where an operator ended the grant',
      [...held, told.ending(6)],
      all,
      all.slice(1).map((id) => `grant.ending ${id}`),
      false,
    ],
    [
      'is released where everybody is back',
      held,
      [],
      all.map((id) => `grant.end_released ${id}`),
      false,
    ],
    [
      'is an end once there are few',
      held,
      all.slice(1),
      ['grant.end_released 1', ...all.slice(1).map((id) => `grant.ending ${id}`)],
      false,
    ],
  ])('invariant 20: what is held %s', (_, first, gone, written, announced) => {
    const of = { live: eleven(first), departed: new Set(gone), mass_ending: MASS_ENDING };
    const { grants, entries, held } = departures(of);
    expect(entries.map(({ kind, grant }) => `${kind} ${grant?.replace(`${GRANT}-`, '')}`)).toEqual(
      written,
    );
    expect(grants.map(({ id }) => id)).toEqual(entries.map(({ grant }) => grant));
    expect(held !== null).toBe(announced);
  });

  test('invariant 7: all grants of one person, however many', () => {
    const live = people(1, 30).map((grant) => ({ ...grant, subject: { id: 101, login: 'alice' } }));
    expect(departures({ live, departed, mass_ending: MASS_ENDING }).entries).toHaveLength(30);
  });
});
