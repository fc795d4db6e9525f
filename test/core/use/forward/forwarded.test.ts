import { describe, expect, test } from '@jest/globals';
import type {
  EnforcementPoint,
  ForwardDialect,
} from '../../../../src/core/policy/enforcement/point.js';
import { readForwarded } from '../../../../src/core/use/forward/forwarded.js';
import { usesData } from '../../../support/core/uses.js';

const pointOf = (speaks: ForwardDialect, of: Partial<EnforcementPoint> = {}) => ({
  ...{ name: 'door', subject: { from: 'person' as const } },
  guards: [{ resource: 'orders-host', environment: 'production' }],
  credential: { kind: 'token' as const },
  ...of,
  speaks,
});

/** What a point reads of headers written as lines. */
const read = (
  speaks: ForwardDialect,
  lines: readonly string[],
  { method = 'GET', below = '/' } = {},
) => {
  const headers = lines.map((line) => {
    const at = line.indexOf(':');
    return [line.slice(0, at), line.slice(at + 1).trim()] as const;
  });
  const asked = readForwarded({ method, below, headers }, pointOf(speaks), usesData);
  if ('kind' in asked) return `${asked.kind}: ${asked.why}`;
  const { method: called, path } = asked.action.properties;
  return `${asked.subject.id}: ${String(called)} ${String(path)}`;
};

const alice = 'X-Daypass-User: alice';
const nginx = ['X-Original-Method: GET', 'X-Original-URI: /v1/orders/1?x=1'];
const forwarded = ['X-Forwarded-Method: GET', 'X-Forwarded-Uri: /v1/orders/1?x=1'];
const speaks = 'the enforcement point door speaks';

describe('invariant 27: a proxy’s dialect belongs to its credential', () => {
  test.each<[string, ForwardDialect, readonly string[], string]>([
    ['nginx', 'nginx', [alice, ...nginx], 'alice: GET /v1/orders/1?x=1'],
    ['Caddy and Traefik', 'forwarded', [alice, ...forwarded], 'alice: GET /v1/orders/1?x=1'],
    [
      'names in any case',
      'nginx',
      [alice.toLowerCase(), ...nginx.map((one) => one.toLowerCase().replace(': get', ': GET'))],
      'alice: GET /v1/orders/1?x=1',
    ],
    [
      'a client that sends the headers of another dialect beside',
      'forwarded',
      [
        alice,
        'X-Original-URI: /v1/orders/1',
        'X-Original-Method: GET',
        'X-Forwarded-Method: DELETE',
        'X-Forwarded-Uri: /admin',
      ],
      'alice: DELETE /admin',
    ],
    [
      'a client that sends them in place of its own',
      'forwarded',
      [alice, ...nginx],
      `unreadable: ${speaks} forwarded, and the header x-forwarded-method is missing: set it in the proxy's configuration`,
    ],
    [
      'a path that came twice',
      'nginx',
      [alice, ...nginx, 'X-Original-URI: /v1/orders/2'],
      `unreadable: ${speaks} nginx, and the header x-original-uri came more than once: set it in the proxy's configuration`,
    ],
    [
      'a user that came twice',
      'nginx',
      [alice, ...nginx, 'x-daypass-user: bob'],
      `unreadable: ${speaks} nginx, and its request has the header x-daypass-user more than once`,
    ],
    [
      'no user',
      'nginx',
      nginx,
      `no_subject: ${speaks} nginx, and its request has no x-daypass-user: who is it?`,
    ],
    [
      'a long user',
      'nginx',
      [`X-Daypass-User: ${'a'.repeat(1_001)}`, ...nginx],
      `unreadable: ${speaks} nginx, and x-daypass-user has more than 1000 characters`,
    ],
  ])('%s', (_, dialect, lines, says) => {
    expect(read(dialect, lines)).toBe(says);
  });

  test('Envoy keeps method and path, and no header says another', () => {
    const sent = { method: 'POST', below: '/v1/orders?x=1' };
    expect(read('envoy', [alice, ...nginx, ...forwarded], sent)).toBe('alice: POST /v1/orders?x=1');
  });
});

test('the question is about the one place that the point guards', () => {
  const request = {
    method: 'GET',
    below: '/v1/orders',
    headers: [['X-Daypass-User', 'alice']] as const,
  };
  expect(readForwarded(request, pointOf('envoy'), usesData)).toEqual({
    subject: { type: 'user', id: 'alice', properties: {} },
    action: { name: 'call', properties: { method: 'GET', path: '/v1/orders' } },
    resource: { type: 'host', id: 'orders-host', properties: { environment: 'production' } },
    context: {},
  });
  const nothing = pointOf('envoy', { guards: [] });
  expect(readForwarded(request, nothing, usesData)).toMatchObject({ kind: 'unreadable' });
});
