import { expect, test } from '@jest/globals';
import { parsePolicyData } from '../../../src/core/policy/data.js';
import { personProperties } from '../../../src/core/use/person-properties.js';
import { FILES, IDENTITIES, policyProblems, providers } from '../../support/core/policy-files.js';

const bob = (properties: string) => ({
  'identities.yaml': IDENTITIES.replace('102', `102, properties: ${properties}`),
});

test('properties of people are text, whole numbers, true or false, as they are written', () => {
  const written = '{ role: admin, level: 3, on-call: true, code: "007", quoted: "true" }';
  const parsed = parsePolicyData({ ...FILES, ...bob(written) }, providers);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const { identities } = parsed.value;
  const properties = { role: 'admin', level: 3, 'on-call': true, code: '007', quoted: 'true' };
  expect(identities.people.bob).toEqual({ github_id: 102, at: {}, properties });
  expect(personProperties(identities, 102)).toEqual(properties);
  expect(personProperties(identities, 101)).toEqual({});
});

const many = Array.from({ length: 21 }, (_, n) => `a${String(n)}: b`).join(', ');
test.each([
  ['null', '{ a: null }', '.a: null says nothing'],
  ['a list', '{ a: [b] }', '.a: a list is not allowed'],
  ['a long text', `{ a: ${'x'.repeat(201)} }`, '.a: "xxx'],
  ['the login', '{ login: root }', '.login: rules get the login'],
  ['another name', '{ 7th: x }', '.7th: the key "7th"'],
  ['too many', `{ ${many} }`, ': a mapping is not allowed. Use a mapping of at most 20'],
])('%s is one problem on its line', (_, properties, says) => {
  expect(policyProblems(bob(properties))).toEqual([
    expect.stringContaining(`policies/identities.yaml:4 people.bob.properties${says}`),
  ]);
});
