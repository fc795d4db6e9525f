import { describe, expect, test } from '@jest/globals';
import { MOST_EVALUATIONS, readEvaluations } from '../../../../src/core/use/authzen/batch.js';

const alice = { type: 'user', id: 'alice' };
const bob = { type: 'user', id: 'bob' };
const read = { name: 'read' };
const record = { type: 'record', id: 'record-1', properties: { status: 'active' } };
const whole = { subject: alice, action: read, resource: record };

const asked = (body: object) => {
  const found = readEvaluations(body);
  if ('error' in found || !('evaluations' in found)) throw new Error(JSON.stringify(found));
  return found.evaluations;
};

describe('the questions of a batch', () => {
  test('a key of an evaluation replaces the whole one at the top, and what it lacks comes from there', () => {
    const other = { type: 'record', id: 'record-2' };
    const context = { time: 'noon', source: 'top' };
    const evaluations = [
      {},
      { resource: other },
      { subject: bob, context: { source: 'own' } },
      { action: { name: 'write', properties: { soft: true } }, foo: 'bar' },
    ];
    const plain = { ...whole, subject: { ...alice, properties: {} } };
    const top = { ...plain, action: { ...read, properties: {} }, context };
    expect(asked({ ...whole, context, evaluations })).toEqual([
      top,
      { ...top, resource: { ...other, properties: {} } },
      { ...top, subject: { ...bob, properties: {} }, context: { source: 'own' } },
      { ...top, action: { name: 'write', properties: { soft: true } } },
    ]);
  });

  test('one that cannot be read says why, and the others are asked', () => {
    const evaluations = [{ resource: record }, {}, 'record-1', { resource: { type: 'record' } }];
    expect(asked({ subject: alice, action: read, evaluations })).toMatchObject([
      { resource: { id: 'record-1' } },
      { error: 'resource must be an object with type and id' },
      { error: 'an evaluation must be an object' },
      { error: expect.stringMatching(/^resource\.id must be a text/) },
    ]);
  });

  test.each([
    ['absent', whole],
    ['empty', { ...whole, evaluations: [] }],
  ])('with %s evaluations it is a single question', (_, body) => {
    expect(readEvaluations(body)).toMatchObject({ ...whole, context: {} });
  });

  const wrong: readonly [string, unknown, RegExp][] = [
    ['a list', [], /^the body must be a JSON object$/],
    ['evaluations that are no list', { ...whole, evaluations: {} }, /^evaluations must be a list$/],
    ['evaluations that are null', { ...whole, evaluations: null }, /^evaluations must be a list$/],
    ['an empty batch without a subject', { evaluations: [] }, /^subject must be an object/],
    [
      'a default of the wrong type, even where nobody takes it',
      { ...whole, subject: 'alice', evaluations: [{ subject: bob }] },
      /^subject must be an object/,
    ],
    ['options that are a text', { ...whole, options: 'all', evaluations: [{}] }, /^options must/],
    [
      'another semantic',
      { ...whole, options: { evaluations_semantic: 'first' }, evaluations: [{}] },
      /must be one of execute_all, .*; found "\\"first\\""/,
    ],
    [
      'too many evaluations',
      { ...whole, evaluations: Array.from({ length: MOST_EVALUATIONS + 1 }, () => ({})) },
      /^evaluations has 1001 items; at most 1000$/,
    ],
  ];
  test.each(wrong)('refuses %s as a whole', (_, body, says) => {
    expect(readEvaluations(body)).toEqual({ error: expect.stringMatching(says) });
  });

  test('options that the standard does not name are left aside', () => {
    const options = { another_option: 'value' };
    expect(readEvaluations({ ...whole, options, evaluations: [{}] })).toMatchObject({
      semantic: 'execute_all',
    });
  });

  test('a long default is not given to the rules as often as it is inherited', () => {
    const long = { ...whole, context: { text: 'x'.repeat(70_000) } };
    expect(asked({ ...long, evaluations: [{}, { context: {} }] })).toMatchObject([
      { error: expect.stringMatching(/at most 65536 characters/) },
      { subject: alice },
    ]);
  });
});
