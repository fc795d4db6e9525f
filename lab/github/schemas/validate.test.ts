import { describe, expect, test } from '@jest/globals';
import { isDescribed, validateAnswer, validateDelivery } from './validate.js';
import { plain } from './schema.js';
import { EVENTS, ROUTES } from './routes.js';

const user = { login: 'a', id: 1 };

describe('answers', () => {
  test('every route has a description, in either notation', () => {
    for (const route of ROUTES) {
      const [method = '', path = ''] = route.split(' ');
      expect(isDescribed(method, path)).toBe(true);
      expect(isDescribed(method.toLowerCase(), path.replace(/\{(\w+)\}/g, ':$1'))).toBe(true);
    }
  });

  test.each<[string, string, number, unknown, RegExp | null]>([
    ['GET', '/rate_limit', 200, {}, /must have required property 'resources'/],
    ['GET', '/repos/:a/:b', 404, { message: 'Not Found' }, null],
    ['GET', '/repos/:a/:b', 404, 'Not Found', /must be object/],
    ['GET', '/repos/:a/:b', 401, { message: 'Bad credentials' }, null],
    ['GET', '/repos/:a/:b', 202, {}, /never answers 202/],
    ['GET', '/repos/:a/:b/pulls/:n', 200, { user }, /required property '_links'/],
    ['DELETE', '/orgs/:o/teams/:t/memberships/:u', 204, undefined, null],
    ['DELETE', '/orgs/:o/teams/:t/memberships/:u', 204, {}, /without a body/],
    ['GET', '/gists', 200, [], /not in the published description/],
    [
      'PUT',
      '/repos/{owner}/{repo}/pulls/{pull_number}/merge',
      200,
      { sha: 'a', merged: true, message: 'Pull Request successfully merged' },
      null,
    ],
    ['PUT', '/repos/:o/:r/pulls/:n/merge', 200, { sha: 1, merged: true }, /\/sha must be string/],
  ])('%s %s %i of %j: %p', (method, route, status, body, problem) => {
    const problems = validateAnswer(method, route, status, body);
    if (problem) expect(problems.join('\n')).toMatch(problem);
    else expect(problems).toEqual([]);
  });
});

describe('deliveries', () => {
  test('every event has its schema, which an empty payload does not satisfy', () => {
    for (const event of EVENTS) {
      const [name = '', action = null] = event.split('.');
      if (event === 'ping') continue;
      expect(validateDelivery(name, action, {}).join('\n')).toMatch(/must have required property/);
    }
  });

  test('unknown events are problems', () => {
    expect(validateDelivery('push', 'opened', {})).toEqual([
      'there is no webhook push.opened in lab/github/schemas/routes.ts',
    ]);
  });
});

describe('plain', () => {
  test.each([
    [{ type: 'string', nullable: true }, { type: ['string', 'null'] }],
    [
      { type: 'string', enum: ['a'], nullable: true },
      { type: ['string', 'null'], enum: ['a', null] },
    ],
    [
      { nullable: true, anyOf: [{ $ref: '#/components/schemas/b' }] },
      { anyOf: [{ anyOf: [{ $ref: '#/schemas/b' }] }, { type: 'null' }] },
    ],
    [
      {
        type: 'object',
        description: 'x',
        properties: { description: { type: 'string', example: 1 } },
      },
      { type: 'object', properties: { description: { type: 'string' } } },
    ],
  ])('%j becomes %j', (from, to) => expect(plain(from)).toEqual(to));
});
