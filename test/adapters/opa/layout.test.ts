import { describe, expect, test } from '@jest/globals';
import { checkLayout, dataFiles } from '../../../src/adapters/opa/layout.js';
import { starterTree } from '../../../lab/acme/policy.js';

const whole = {
  'settings.yaml': '',
  'access/request.rego': 'package access\n',
  'access/use.rego': 'package access.use\n',
};
const environments = ['production', 'pre-prod'];

function messages(files: Record<string, string>): string[] {
  return checkLayout({ ...whole, ...files }, environments).map(
    ({ path, message }) => `${path}: ${message}`,
  );
}

test('the starter has the right layout', async () => {
  const { files } = starterTree;
  expect(checkLayout(files, ['development', 'staging', 'ci', 'production'])).toEqual([]);
  expect(Object.keys(dataFiles(files)).sort()).toEqual([
    'catalog/orders-db.yaml',
    'catalog/orders-pipelines.yaml',
    'enforcement.yaml',
    'identities.yaml',
    'settings.yaml',
  ]);
});

describe('allowed', () => {
  test.each([
    ['access/lib/clock.rego', '# a comment\n\npackage access.lib.clock # here\n'],
    ['access/lib/clock_test.rego', 'package access_test.clock\n'],
    ['access/rules/every/ticket/ticket.rego', 'package access.rules.every.ticket\n'],
    ['access/rules/every/ticket/ticket_test.rego', 'package access_test.every.ticket\n'],
    ['access/rules/pre-prod/ticket/ticket.rego', 'package access.rules["pre-prod"].ticket\n'],
    ['catalog/orders-db.yaml', ''],
    ['enforcement.yaml', ''],
    ['README.md', ''],
  ])('%s', (path, content) => {
    expect(messages({ [path]: content })).toEqual([]);
  });
});

describe('everything else is refused', () => {
  test.each([
    'data.json',
    '.manifest',
    'catalog/orders.json',
    'enforcement.yml',
    'enforcement/orders.yaml',
    'catalog/deep/orders.yaml',
    'access/settings.yaml',
    'access/other.rego',
    'access/request_test.rego',
    'access/lib/deep/clock.rego',
    'access/rules/production/ticket.rego',
    'access/rules/production/ticket/other.rego',
    'access/rules/production/../../../ticket/ticket.rego',
    'access/policy.wasm',
  ])('%s', (path) => {
    expect(messages({ [path]: '' })).toEqual([
      expect.stringContaining(`policies/${path}: Nothing is read from this path`),
    ]);
  });
});

describe('a package by which no rule is found', () => {
  test.each([
    ['access/rules/production/ticket/ticket.rego', 'package access.rules.production.tickets\n'],
    ['access/rules/production/ticket/ticket.rego', 'package access.rules.every.ticket\n'],
    ['access/rules/production/ticket/ticket_test.rego', 'package access.rules.production.ticket\n'],
    ['access/lib/clock.rego', 'package access\n'],
    ['access/request.rego', 'package access_test\n'],
  ])('%s: %s', (path, content) => {
    const [problem] = checkLayout({ ...whole, [path]: content }, environments);
    expect(problem?.line).toBe(1);
    expect(problem?.message).toMatch(/^The package is ".*"; at this path it has to be /);
  });

  test('there is no rule at all', () => {
    expect(messages({ 'access/lib/clock.rego': 'import rego.v1\n' })).toEqual([
      'policies/access/lib/clock.rego: There is no package clause. Expected package access.lib.clock.',
    ]);
  });
});

test('a required file is missing', () => {
  expect(checkLayout({}, null).map(({ path }) => path)).toEqual([
    'policies/settings.yaml',
    'policies/access/request.rego',
    'policies/access/use.rego',
  ]);
});

test('there are too many files or too many bytes', () => {
  const many = Object.fromEntries(
    Array.from({ length: 1_001 }, (_, index) => [`access/lib/l${index}.rego`, '']),
  );
  expect(messages(many)).toEqual(['policies/: 1004 files; at most 1000 are read.']);
  const large = Object.fromEntries(
    Array.from({ length: 70 }, (_, index) => [`access/lib/l${index}.rego`, ' '.repeat(256 * 1024)]),
  );
  expect(messages(large)).toEqual([expect.stringMatching(/at most 4194304 are read/)]);
});
