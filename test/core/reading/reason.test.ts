import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  GRANT_KEYS,
  REASONS,
  coded,
  reasonWithName,
  saidBy,
  withWords,
} from '../../../src/core/reading/reason.js';

const root = new URL('../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const codes = Object.keys(REASONS).sort();

describe('the codes of reasons', () => {
  const rows = read('docs/reasons.md')
    .split('\n')
    .filter((line) => /^\| `[a-z_0-9]+`/.test(line))
    .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| |\|$/g, '').trim()));

  test('docs/reasons.md has each code once, and no others', () => {
    const shown = rows.map(([code = '']) => code.replaceAll('`', ''));
    expect(shown.toSorted()).toEqual(codes);
  });

  test('docs/reasons.md has the meaning from the code, where each appears and what to do', () => {
    for (const [code = '', meaning, where, todo] of rows) {
      expect([code, meaning]).toEqual([
        code,
        REASONS[code.replaceAll('`', '') as keyof typeof REASONS],
      ]);
      expect([code, where]).not.toEqual([code, '']);
      expect([code, todo]).not.toEqual([code, '']);
    }
  });

  test('each of them is used somewhere in src', () => {
    const paths = readdirSync(new URL('src/', root), { recursive: true, encoding: 'utf8' }).filter(
      (path) => path.endsWith('.ts') && path !== 'core/reading/reason.ts',
    );
    const code = paths
      .map((path) => read(`src/${path}`))
      .join('\n')
      .replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
    const unused = (among: readonly string[]) => among.filter((one) => !code.includes(`'${one}'`));
    expect(codes.length).toBeGreaterThan(80);
    // It finds what is missing, and does not look into nothing.
    expect(unused(['no_such_code', 'approver_contributed'])).toEqual(['no_such_code']);
    expect(unused(codes)).toEqual([]);
  });

  test('each is in snake_case', () => {
    for (const code of codes) expect(code).toMatch(/^[a-z]+(_[a-z0-9]+)*$/);
  });
});

test('the keys are those of the JSON Schema for grant files', () => {
  const { properties } = JSON.parse(read('access-grants/schema.json')) as { properties: object };
  expect(Object.keys(properties).sort()).toEqual([...GRANT_KEYS].sort());
});

describe('a reason', () => {
  test('given by a rule has the code of its set, and the key that the rule gives', () => {
    expect(
      coded('asked', [{ rule: 'production/owner', message: 'One of the owners.', key: 'role' }]),
    ).toEqual([
      { code: 'asked', rule: 'production/owner', key: 'role', message: 'One of the owners.' },
    ]);
    expect(coded('warned', [{ rule: 'r', message: 'm' }])).toEqual([
      { code: 'warned', rule: 'r', message: 'm' },
    ]);
  });

  test("is shown with the policy's rule, or with its code if Daypass gives it", () => {
    expect(saidBy({ code: 'policy_denied', rule: 'every/duration' })).toBe('every/duration');
    expect(saidBy({ code: 'end_in_past', rule: 'core/window' })).toBe('end_in_past');
    expect(saidBy({ code: 'no_pull_request' })).toBe('no_pull_request');
  });

  test('that Daypass itself asks for is shown as said by Daypass, since the code alone says nothing', () => {
    expect(saidBy({ code: 'asked', rule: 'core/policy' })).toBe('Daypass');
    expect(saidBy({ code: 'approved_by_rule', rule: 'core/policy' })).toBe('Daypass');
    expect(saidBy({ code: 'asked', rule: 'production/owner' })).toBe('production/owner');
  });

  test('is shown to people with that name after its message', () => {
    expect(reasonWithName({ code: 'policy_denied', rule: 'r', message: 'No.' })).toBe('No. (r)');
    expect(reasonWithName({ code: 'end_in_past', rule: 'core/window', message: 'No.' })).toBe(
      'No. (end_in_past)',
    );
  });

  test('is in entries in words and with its code', () => {
    const reasons = [
      { code: 'policy_denied', rule: 'r', message: 'm' },
      { code: 'no_pull_request', message: 'n' },
    ] as const;
    expect(withWords(reasons)).toEqual({ why: ['r: m', 'n'], reasons });
  });
});
