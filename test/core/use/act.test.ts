import { expect, test } from '@jest/globals';
import { allowedByBoth, readAct } from '../../../src/core/use/act.js';

test.each<[string, readonly string[], readonly string[], string | null]>([
  ['in another order', ['audit', 'read'], ['read', 'audit'], 'audit'],
  ['of which one is gone', ['read'], ['audit', 'read'], 'read'],
  ['of which none is left', ['audit'], ['read'], null],
])('a call that several actions %s mean', (_, now, approved, action) => {
  const routes = { read: ['GET /v1/orders/**'], audit: ['GET /v1/orders/audit/**'] };
  const role = (names: readonly string[]) => ({
    actions: [...names],
    routes: Object.fromEntries(names.map((name) => [name, routes[name as keyof typeof routes]])),
  });
  const read = readAct({ kind: 'call', method: 'GET', target: '/v1/orders/audit/1' });
  if ('why' in read) throw new Error(read.why);
  expect(allowedByBoth(role(now), role(approved), null, read)).toBe(action);
  const scope = { actions: ['read'] };
  const narrowed = now.includes('read') && approved.includes('read') ? 'read' : null;
  expect(allowedByBoth(role(now), role(approved), scope, read)).toBe(narrowed);
});
