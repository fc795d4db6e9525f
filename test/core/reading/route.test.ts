import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { allowsRoute, readPath, readRoute } from '../../../src/core/reading/route.js';

describe('the path of a call', () => {
  test.each([
    ['/', ['']],
    ['/v1/orders', ['v1', 'orders']],
    ['/v1/orders/', ['v1', 'orders', '']],
    ['/v1/orders?drop=/admin', ['v1', 'orders']],
    ['/v1/a%20b%c3%a9', ['v1', 'a%20b%C3%A9']],
    ["/v1/~a-b_c.d!$&'()*+,=:@", ['v1', "~a-b_c.d!$&'()*+,=:@"]],
  ])('%s', (target, segments) => {
    expect(readPath(target)).toEqual({ segments });
  });

  test.each([
    ...['', 'v1', 'http://other/v1', '*', '//v1', '/v1//orders', '/v1/./orders', '/v1/../admin'],
    ...['/..', '/v1\\..\\admin', '/v1;x/orders', '/v1/%2e%2e/admin', '/v1/%2E./admin'],
    ...['/v1%2fadmin', '/v1%5cadmin', '/v1/%00', '/v1/%0a', '/v1/%7f', '/v1/%252e', '/v1/%6frders'],
    ...['/v1/%C0%AE%C0%AE/admin', '/v1/%C0%AFadmin', '/v1/%ff', '/v1/%3fx', '/v1/%23x', '/v1/%3dx'],
    ...['/v1/%3badmin', '/v1/%', '/v1/%2', '/v1/%zz', '/v1/ä', '/v1/a b', '/v1/\u0000', '/v1/a#b'],
    `/${'x'.repeat(2_048)}`,
  ])('invariant 28: %j is refused, never repaired', (target) => {
    expect(readPath(target)).toEqual({ why: expect.stringContaining('the path') });
  });

  test('what is read is read in one way: reading it again gives the same', () => {
    const target = fc.string({
      unit: fc.constantFrom(...'/ . %2 e E f F ; \\ a A ? # ~'.split(' '), ' '),
      maxLength: 16,
    });
    fc.assert(
      fc.property(target, (text) => {
        const read = readPath(text);
        if ('why' in read) return;
        const path = `/${read.segments.join('/')}`;
        expect(readPath(path)).toEqual(read);
        // A URL parser that repairs paths changes nothing in it.
        expect(new URL(path, 'http://host').pathname).toBe(path);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a pattern for calls', () => {
  const allows = (pattern: string, method: string, target: string) => {
    const route = readRoute(pattern);
    const path = readPath(target);
    if ('why' in route || 'why' in path) throw new Error('not read');
    return allowsRoute(route, { method, ...path });
  };
  test.each([
    ['GET /v1/orders/**', 'GET', '/v1/orders/17/lines', true],
    ['GET /v1/orders/**', 'GET', '/v1/orders', true],
    ['GET /v1/orders/**', 'GET', '/v1/ordersandmore', false],
    ['GET /v1/orders/**', 'POST', '/v1/orders/17', false],
    ['GET /v1/orders/**', 'get', '/v1/orders/17', false],
    ['GET /v1/orders/**', 'HEAD', '/v1/orders/17', false],
    ['* /v1/*', 'DELETE', '/v1/17', true],
    ['* /v1/*', 'DELETE', '/v1/', false],
    ['* /v1/*', 'DELETE', '/v1/17/18', false],
    ['GET /v1/*/lines', 'GET', '/v1/17/lines', true],
    ['GET /', 'GET', '/', true],
    ['GET /**', 'GET', '/anything/at/all', true],
    ['GET /v1/A', 'GET', '/v1/a', false],
  ])('%s allows %s %s: %s', (pattern, method, target, allowed) => {
    expect(allows(pattern, method, target)).toBe(allowed);
  });

  test.each([
    ['/v1/orders', 'a route is a method and a path'],
    ['GET', 'a route is a method and a path'],
    ['GET  /v1', 'a route is a method and a path'],
    ['get /v1', 'capital letters'],
    ['GET v1', 'does not begin with /'],
    ['GET /v1/../x', 'has a segment ..'],
    ['GET /v1/a*', '* stands for a whole segment'],
    ['GET /v1/**/x', '** is the last segment'],
  ])('%s is refused', (pattern, why) => {
    expect(readRoute(pattern)).toEqual({ why: expect.stringContaining(why) });
  });
});
