import { describe, expect, test } from '@jest/globals';
import {
  readSearch,
  tokenAfter,
  type SearchedKind,
} from '../../../../src/core/use/authzen/search.js';

const subject = { type: 'user', id: 'alice' };
const action = { name: 'read' };
const resource = { type: 'record', id: 'record-1' };

const read = (searched: SearchedKind, body: unknown) => {
  const found = readSearch(searched, body);
  if ('error' in found) throw new Error(found.error);
  return found;
};

describe('a search', () => {
  test('ignores the id or the name of what is searched', () => {
    const whole = { subject, action, resource };
    const properties = {};
    expect(read('subject', whole).question.subject).toEqual({ type: 'user', id: '', properties });
    expect(read('resource', whole).question.resource.id).toBe('');
    expect(read('action', { ...whole, action: 7 }).question.action).toEqual({
      name: '',
      properties,
    });
  });

  const wrong: readonly [SearchedKind, unknown, RegExp][] = [
    ['subject', [], /^the body must be a JSON object/],
    ['subject', { action, resource }, /^subject must be an object with type$/],
    ['subject', { subject: { id: 'alice' }, action, resource }, /^subject\.type must be a text/],
    ['subject', { subject, resource }, /^action must be an object/],
    ['subject', { subject, action, resource: { type: 'record' } }, /^resource\.id must be a text/],
    ['resource', { action, resource }, /^subject must be an object with type and id$/],
    ['resource', { subject: { type: 'user' }, action, resource }, /^subject\.id must be a text/],
    ['resource', { subject, action }, /^resource must be an object with type$/],
    ['action', { subject }, /^resource must be an object with type and id$/],
    ['action', { subject: { type: 'user' }, resource }, /^subject\.id must be a text/],
    ['action', { subject, resource: { type: 'record' } }, /^resource\.id must be a text/],
    ['action', { subject, resource, context: 'now' }, /^context must be an object$/],
    ['action', { subject, resource, page: 7 }, /^page must be an object$/],
    ['action', { subject, resource, page: { limit: -1 } }, /^page\.limit must be .*; found "-1"/],
    ['action', { subject, resource, page: { limit: '1' } }, /^page\.limit must be a whole number/],
    ['action', { subject, resource, page: { token: 7 } }, /^page\.token must be a text$/],
    ['action', { subject, resource, page: { token: 'x' } }, /^page\.token is not of this search/],
    [
      'action',
      { subject, resource, context: { n: Infinity } },
      /a number that JSON does not carry/,
    ],
  ];
  test.each(wrong)('for a %s: %j is refused', (searched, body, says) => {
    expect(readSearch(searched, body)).toEqual({ error: expect.stringMatching(says) });
  });

  test('a token belongs to its search: the same one, in any order of keys', () => {
    const asked = { subject, resource, context: { a: 1, b: 2 }, page: { limit: 2 } };
    const token = tokenAfter(read('action', asked), 'read');
    const next = { ...asked, page: { limit: 2, token } };
    expect(read('action', next)).toMatchObject({ after: 'read', limit: 2, paged: true });
    expect(read('action', { ...next, context: { b: 2, a: 1 } }).after).toBe('read');
    for (const changed of [
      { page: { limit: 3, token } },
      { context: { a: 1 } },
      { subject: { ...subject, id: 'bob' } },
    ])
      expect(readSearch('action', { ...next, ...changed })).toHaveProperty('error');
    expect(readSearch('subject', { ...next, action })).toHaveProperty('error');
  });

  test('an empty token is the first page; more results than there may be are the most', () => {
    const page = { token: '', limit: 5_000 };
    expect(read('action', { subject, resource, page })).toMatchObject({
      after: null,
      limit: 1_000,
    });
    expect(read('action', { subject, resource })).toMatchObject({ paged: false, limit: 1_000 });
  });
});
