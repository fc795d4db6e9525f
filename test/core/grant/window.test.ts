import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  LONGEST_SECONDS,
  formatDuration,
  parseDuration,
} from '../../../src/core/reading/duration.js';
import { parseTimestamp } from '../../../src/core/reading/timestamp.js';
import {
  checkWindow,
  declareWindow,
  endOf,
  freeze,
  startOf,
  wholeLength,
  type DeclaredWindow,
} from '../../../src/core/grant/window.js';

const at = (text: string) => new Date(`2026-11-24T${text}:00Z`);
const iso = (text: string) => at(text).toISOString();
const window = (declared: Partial<DeclaredWindow>): DeclaredWindow => ({
  starts_at: null,
  duration_seconds: null,
  expires_at: null,
  ...declared,
});

describe('durations', () => {
  test.each([
    ['4h', 14_400],
    ['90m', 5_400],
    ['1d12h', 129_600],
    ['45s', 45],
    ['1h30m', 5_400],
    ['PT4H', 14_400],
    ['P1DT12H', 129_600],
    ['PT1H30M5S', 5_405],
    ['P2W', 1_209_600],
    ['366d', LONGEST_SECONDS],
  ])('invariant 11: %s is %d seconds', (text, seconds) => {
    expect(parseDuration(text)).toEqual({ ok: true, seconds });
  });

  test.each([
    '',
    ' ',
    '4',
    '4H',
    'h',
    '4 h',
    ' 4h',
    '4h ',
    '4h\n',
    '-4h',
    '+4h',
    '4.5h',
    '4,5h',
    '1e3s',
    '0x4h',
    '٤h',
    '4h4h',
    '30m4h',
    '1w',
    'forever',
    'P',
    'PT',
    'P1DT',
    'P1M',
    'P1Y',
    'P1Y2M',
    'P1W2D',
    'pt4h',
    'PT4.5H',
    'P4H',
    'PT4D',
    '0s',
    'PT0S',
    '0d0h',
    '367d',
    '366d1s',
    '99999999d',
    '999999999d',
    'P999999999D',
    'NaN',
    'Infinity',
  ])('invariant 11: %j is an error that quotes the value', (text) => {
    const parsed = parseDuration(text);
    const why = parsed.ok ? '' : parsed.why;
    expect(why.startsWith(`${JSON.stringify(text)} is not `)).toBe(true);
    expect(why).toContain('. Use ');
  });

  test('invariant 11: a duration that is written is read back as the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: LONGEST_SECONDS }), (seconds) => {
        expect(parseDuration(formatDuration(seconds))).toEqual({ ok: true, seconds });
      }),
    );
    expect(formatDuration(0)).toBe('0s');
    expect(formatDuration(129_600.9)).toBe('1d12h');
    expect(() => formatDuration(Number.NaN)).toThrow(RangeError);
    expect(() => formatDuration(-1)).toThrow(RangeError);
  });
});

describe('timestamps', () => {
  test.each([
    ['2026-11-24T21:00:00Z', '2026-11-24T21:00:00.000Z'],
    ['2026-11-24T21:00:00+01:00', '2026-11-24T20:00:00.000Z'],
    ['2026-11-24T21:00:00.123456789-05:30', '2026-11-25T02:30:00.123Z'],
    ['2024-02-29T00:00:00.5Z', '2024-02-29T00:00:00.500Z'],
    ['2026-01-01T00:00:00+14:00', '2025-12-31T10:00:00.000Z'],
  ])('invariant 11: %s is %s', (text, utc) => {
    expect(parseTimestamp(text)).toEqual({ ok: true, at: utc });
  });

  test.each([
    '',
    '2026-11-24',
    '2026-11-24T21:00:00',
    '2026-11-24T21:00Z',
    '2026-11-24 21:00:00Z',
    '2026-W48-2T21:00:00Z',
    '2026-02-30T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-10T00:00:00Z',
    '2026-11-24T24:00:00Z',
    '2016-12-31T23:59:60Z',
    '2026-11-24T21:00:00+24:00',
    '2026-11-24T21:00:00+0100',
    '2026-11-24T21:00:00.Z',
    '2026-11-24T21:00:00Z\n',
    ' 2026-11-24T21:00:00Z',
    '+002026-11-24T21:00:00Z',
    '20261124T210000Z',
    '1764018000',
    'tomorrow',
    '0000-01-01T00:00:00Z',
    '1969-12-31T23:59:59Z',
    '9999-12-31T23:59:59-01:00',
    '1970-01-01T00:00:00+01:00',
    '2026-11-24T21:00:00−01:00',
  ])('invariant 11: %j is an error that quotes the value', (text) => {
    expect(parseTimestamp(text)).toEqual({
      ok: false,
      why: expect.stringContaining(`${JSON.stringify(text)} is not a timestamp. Use `),
    });
  });

  test('invariant 11: any text gives a moment or an error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.date({ noInvalidDate: true }).map(String)), (text) => {
        const parsed = parseTimestamp(text);
        if (parsed.ok) expect(new Date(parsed.at).toISOString()).toBe(parsed.at);
        else expect(parsed.why).toContain(' is not a timestamp. Use ');
      }),
    );
  });
});

describe('windows', () => {
  test.each([
    [{}, ['duration']],
    [{ duration: '4h', expires_at: '2026-11-24T21:00:00Z' }, ['expires_at']],
    [{ duration: 'x', starts_at: 'y' }, ['duration', 'starts_at']],
    [{ expires_at: '', duration: '' }, ['duration', 'expires_at', 'expires_at']],
    [
      { starts_at: '2026-11-24T21:00:00Z', expires_at: '2026-11-24T22:00:00+01:00' },
      ['expires_at'],
    ],
  ])(
    'invariant 12: a file needs exactly one of duration and expires_at; all problems are reported at once: %j',
    (written, keys) => {
      const declared = declareWindow(written);
      expect(declared.ok ? [] : declared.problems.map(({ key }) => key)).toEqual(keys);
    },
  );

  test('invariant 12: starts_at in the past means the merge', () => {
    expect(startOf(window({ starts_at: iso('16:00') }), iso('17:00'))).toBe(iso('17:00'));
    expect(startOf(window({ starts_at: iso('18:00') }), iso('17:00'))).toBe(iso('18:00'));
    expect(startOf(window({}), iso('17:00'))).toBe(iso('17:00'));
  });

  test('invariant 12: a duration counts from activation', () => {
    const four = window({ starts_at: iso('17:00'), duration_seconds: 14_400 });
    expect(freeze(four, at('17:30'))).toEqual({ starts_at: iso('17:30'), ends_at: iso('21:30') });
    const till = window({ expires_at: iso('21:00') });
    expect(freeze(till, at('17:30'))).toEqual({ starts_at: iso('17:30'), ends_at: iso('21:00') });
  });

  test('invariant 12: nothing is frozen before its start or after its end', () => {
    const four = window({ starts_at: iso('17:00'), duration_seconds: 14_400 });
    expect(() => freeze(four, at('16:59'))).toThrow(RangeError);
    expect(() => freeze(window({ expires_at: iso('17:00') }), at('17:00'))).toThrow(RangeError);
  });

  const limits = { max_lead_seconds: 86_400 };
  test.each<[string, Partial<DeclaredWindow>, [code: string, key: string][]]>([
    ['good', { duration_seconds: 3600 }, []],
    ['just ahead enough', { starts_at: '2026-11-25T17:00:00.000Z', duration_seconds: 60 }, []],
    ['past', { expires_at: iso('16:00') }, [['end_in_past', 'expires_at']]],
    ['past at this instant', { expires_at: iso('17:00') }, [['end_in_past', 'expires_at']]],
    [
      'too far ahead',
      { starts_at: '2026-11-25T17:00:00.001Z', duration_seconds: 60 },
      [['start_too_far_ahead', 'starts_at']],
    ],
    [
      'end before start',
      { starts_at: iso('19:00'), expires_at: iso('18:00') },
      [['end_before_start', 'expires_at']],
    ],
    [
      'more than 366 days',
      { expires_at: '2028-01-01T00:00:00.000Z' },
      [['too_long', 'expires_at']],
    ],
  ])('invariant 12: a window that is requested at 17:00 and is %s', (_, declared, problems) => {
    const found = checkWindow(window(declared), at('17:00'), limits);
    expect(found.map(({ code, key }) => [code, key])).toEqual(problems);
    for (const { key, message } of found) expect(message.startsWith(`${key}: `)).toBe(true);
  });

  test('invariant 12: an extension is measured from the start of what it extends', () => {
    const four = window({ duration_seconds: 4 * 3600 });
    expect(checkWindow(four, at('17:00'), limits, iso('13:00'))).toHaveLength(1);
    expect(checkWindow(four, at('17:00'), limits, iso('13:01'))).toEqual([]);
    expect(wholeLength(window({ expires_at: iso('21:00') }), iso('13:00'))).toBe(8 * 3600);
    expect(wholeLength(window({ expires_at: iso('12:00') }), iso('13:00'))).toBe(0);
  });

  test('invariant 12: a frozen window is half-open, starts at activation and never contains NaN', () => {
    const time = fc.date({ min: at('00:00'), max: new Date('2027-01-01'), noInvalidDate: true });
    const text = time.map((date) => date.toISOString());
    const declared = fc.oneof(
      fc.record({ duration: fc.integer({ min: 1, max: LONGEST_SECONDS }).map(formatDuration) }),
      fc.record({ expires_at: text, starts_at: fc.option(text, { nil: undefined }) }),
    );
    fc.assert(
      fc.property(declared, time, (written, activated) => {
        const parsed = declareWindow(written);
        fc.pre(parsed.ok);
        const starts = startOf(parsed.window, activated.toISOString());
        fc.pre(endOf(parsed.window, starts) > starts);
        const frozen = freeze(parsed.window, new Date(starts));
        expect(frozen.starts_at).toBe(starts);
        expect(frozen.starts_at < frozen.ends_at).toBe(true);
        expect(Number.isNaN(Date.parse(frozen.ends_at))).toBe(false);
        expect(wholeLength(parsed.window, starts)).toBeGreaterThan(0);
      }),
    );
  });
});
