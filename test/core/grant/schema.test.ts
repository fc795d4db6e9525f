import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { parse as parseYaml } from 'yaml';
import { LONGEST_SECONDS, formatDuration } from '../../../src/core/reading/duration.js';
import { file, parse, problems } from '../../support/core/grant-files.js';

const schema = new URL('../../../access-grants/schema.json', import.meta.url);
const validate = new Ajv({
  ...{ allErrors: true, allowUnionTypes: true },
  // A name such as 1e310 is read as the number Infinity.
  strictNumbers: false,
}).compile(JSON.parse(readFileSync(schema, 'utf8')) as object);
/** What an editor sees of a file: YAML 1.2 with its own types. */
const takes = (text: string) => validate(parseYaml(text));

describe('access-grants/schema.json', () => {
  const slug = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,63}$/);
  const login = fc.stringMatching(/^[A-Za-z0-9]{1,9}(-[A-Za-z0-9]{1,9}){0,2}(_[a-z]{1,5})?$/);
  const time = fc
    .date({ min: new Date('1971-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString());
  const words = (most: number) =>
    fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: most })
      .map((text) => JSON.stringify(text));
  const grant = fc
    .record(
      {
        subject: login,
        resource: slug,
        role: slug,
        duration: fc.integer({ min: 1, max: LONGEST_SECONDS }).map(formatDuration),
        expires_at: fc.constant(null),
        starts_at: time,
        reason: fc.oneof(words(500), fc.constant('|\n  two\n  lines\n')),
        ticket: words(100),
        scope: fc
          .uniqueArray(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,20}$/), { minLength: 1 })
          .map((actions) => JSON.stringify({ actions })),
        break_glass: fc.constantFrom('true', 'false', '"true"'),
      },
      { requiredKeys: ['subject', 'resource', 'role', 'reason', 'duration', 'expires_at'] },
    )
    .chain((one) =>
      fc.constantFrom(one, { ...one, duration: null, expires_at: '2101-01-01T00:00:00Z' }),
    );

  test('accepts what the parser accepts', () => {
    let taken = 0;
    fc.assert(
      fc.property(grant, (one) => {
        const text = file(one);
        // Editors read a bare null as nothing; the parser reads the word.
        fc.pre(![one.subject, one.resource, one.role].some((word) => /^null$/i.test(word)));
        if (!parse(text).ok) return;
        taken += 1;
        expect(takes(text) ? [] : validate.errors).toEqual([]);
      }),
      { numRuns: 300 },
    );
    expect(taken).toBeGreaterThan(150);
  });

  test('accepts a name that an editor reads as an infinite number', () => {
    const text = file({ role: '1e310' });
    expect(parse(text).ok).toBe(true);
    expect(takes(text)).toBe(true);
  });

  test.each<Readonly<Record<string, string | null>>>([
    { durration: '4h' },
    { subject: null },
    { resource: null },
    { role: null },
    { reason: null },
    { duration: null },
    { expires_at: '2026-11-24T21:00:00Z' },
    { subject: 'al--ice' },
    { subject: '-alice' },
    { subject: 'a'.repeat(40) },
    { subject: 'helper[bot]' },
    { subject: '[alice]' },
    { subject: '' },
    { resource: 'Orders' },
    { resource: 'a'.repeat(65) },
    { role: '-x' },
    { duration: '4x' },
    { duration: '""' },
    { duration: 'PT' },
    { duration: 'P1M' },
    { duration: '1w' },
    { duration: '4' },
    { duration: '[4h]' },
    { duration: null, expires_at: '2026-11-24' },
    { duration: null, expires_at: '2026-11-24T21:00:00' },
    { starts_at: 'tomorrow' },
    { reason: '' },
    { reason: '"  "' },
    { reason: 'x'.repeat(501) },
    { ticket: '""' },
    { ticket: 'x'.repeat(101) },
    { ticket: '"a\\nb"' },
    { scope: 'all' },
    { scope: '{}' },
    { scope: '{ actions: [] }' },
    { scope: '{ actions: select }' },
    { scope: '{ actions: [a, a] }' },
    { scope: '{ actions: ["*"] }' },
    { scope: '{ actions: [a], tables: [b] }' },
    { break_glass: 'yes' },
    { break_glass: '1' },
  ])('refuses %j, as the parser does', (changes) => {
    const text = file(changes);
    expect(problems(text)).not.toEqual([]);
    expect(takes(text)).toBe(false);
  });
});
