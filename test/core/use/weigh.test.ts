import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  GRANT,
  landing,
  minute,
  record,
  told,
  window,
  type Told,
} from '../../../lab/acme/story.js';
import type { Act } from '../../../src/core/use/act.js';
import type { GrantRecord } from '../../../src/core/grant/record.js';
import { weigh } from '../../../src/core/use/weigh.js';
import { action, asked, call, command, granted, usesData } from '../../support/core/uses.js';

const host = { ...landing.declared, resource: 'orders-host', role: 'operator' };
const strict = granted().entitled;
const scheduled = (starts_at: string | null = null) => {
  const declared = { ...host, window: { ...landing.window, starts_at } };
  return record(told.approved(0, { declared, entitled: strict, window: declared.window }));
};
const moved = granted({}, [], undefined, { target: 'orders-of-old' });
const dev = granted({ path: 'access-grants/no/alice-orders.yml', environment: 'no' });

/** The code and the sentence of a denial; the action by which it is allowed otherwise. */
const outcome = (...of: Parameters<typeof asked>) => {
  const weighed = asked(...of);
  return weighed.kind === 'ask'
    ? `${weighed.input.action.name} by ${weighed.grants.map(({ id }) => id).join()}`
    : `${weighed.denial.code}: ${weighed.denial.message}`;
};

describe('invariant 27: a use that no live grant allows is denied', () => {
  const until = 'until 2026-11-24 21:01 UTC';
  const named = 'production/alice-orders';
  const restart = action('restart');
  interface Case {
    readonly is: string;
    readonly grants: readonly GrantRecord[];
    readonly about?: Parameters<typeof asked>[2];
    readonly says: string;
  }
  const cases: readonly Case[] = [
    { is: 'allowed', grants: [granted()], says: `restart by ${GRANT}` },
    { is: 'first moment', grants: [granted()], about: { at: 1 }, says: `restart by ${GRANT}` },
    {
      ...{ is: 'the end', grants: [granted()], about: { at: 241 } },
      says: `ended: The grant ${named} ended at 2026-11-24 21:01 UTC.`,
    },
    {
      ...{ is: 'no grant', grants: [] },
      says: 'no_grant: alice has no grant on orders-host in production.',
    },
    {
      ...{ is: "another id's", grants: [granted()], about: { subject: { id: 9, login: 'alice' } } },
      says: 'no_grant: alice has no grant on orders-host in production.',
    },
    {
      ...{ is: 'another role', grants: [granted({ role: 'reader' })] },
      says: `out_of_scope: The grant ${named} allows get, select, logs ${until}; this is restart.`,
    },
    {
      ...{ is: 'a role without actions', grants: [granted({ role: 'nothing' })] },
      says: `out_of_scope: The grant ${named} allows nothing at use ${until}; this is restart.`,
    },
    {
      ...{ is: 'a role that is gone', grants: [granted({ role: 'was' })] },
      says: `out_of_scope: The grant ${named} allows nothing at use ${until}; this is restart.`,
    },
    {
      ...{ is: 'narrowed by a scope', grants: [granted({ scope: { actions: ['logs'] } })] },
      says: `out_of_scope: The grant ${named} allows logs ${until}; this is restart.`,
    },
    {
      ...{ is: 'an early end', grants: [granted({}, [told.ending(29)])] },
      says: `ended: The grant ${named} ended at 2026-11-24 17:29 UTC.`,
    },
    {
      ...{ is: 'a target that the catalog moved', grants: [moved] },
      says: `no_grant: The grant ${named} is for what orders-host was when it was approved: the catalog has it at another target now.`,
    },
    {
      ...{ is: 'one of the new target beside it', grants: [moved, granted()] },
      says: `restart by ${GRANT}`,
    },
    {
      ...{ is: 'the end on a target that moved', grants: [moved], about: { at: 241 } },
      says: 'no_grant: alice has no grant on orders-host in production.',
    },
    {
      ...{ is: 'not active yet', grants: [scheduled()] },
      says: `grant_pending: The grant ${named} is not active yet.`,
    },
    {
      ...{ is: 'not started', grants: [scheduled(minute(60))] },
      says: `not_started: The grant ${named} starts at 2026-11-24 18:00 UTC.`,
    },
    {
      ...{ is: 'another environment', grants: [dev] },
      says: 'other_environment: The grant no/alice-orders is for no; this is production.',
    },
    {
      ...{ is: 'an unknown resource', grants: [granted()], about: { resource: 'x' } },
      says: 'unknown_resource: The catalog has no resource "x". Its resources: orders-db, orders-host.',
    },
    {
      ...{ is: 'an unknown environment', grants: [granted()], about: { environment: 'x' } },
      says: 'not_offered: orders-host is not offered in "x". Its environments: production, no.',
    },
    {
      ...{ is: 'an unknown action', grants: [granted()], about: { resource: 'orders-db' } },
      says: 'unknown_action: No role of orders-db allows restart. The catalog names no actions for orders-db.',
    },
  ];
  test.each(cases)('$is', ({ grants, about, says }) => {
    expect(outcome(restart, grants, about)).toBe(says);
  });
});

describe('invariant 28: what cannot be read is denied, what is judged is what will be done', () => {
  const admin = granted({ role: 'admin' });
  const reader = granted({ role: 'reader' });
  test.each<[Act, GrantRecord, string]>([
    [command('restart', 'systemctl', 'restart', 'orders-web'), granted(), `restart by ${GRANT}`],
    [command('restart', 'systemctl', 'restart', 'sshd'), granted(), 'out_of_scope: '],
    [command('restart', 'sh', '-c', 'reboot'), granted(), 'out_of_scope: '],
    [command('logs', 'systemctl', 'restart', 'orders-web'), granted(), 'unknown_action: '],
    [command('restart', 'systemctl', 'restart', 'orders-\u202e'), admin, 'unreadable_act: '],
    [command('restart'), admin, 'unreadable_act: '],
    [command('reboot', 'sh', '-c', 'reboot'), admin, `reboot by ${GRANT}`],
    [call('GET', '/v1/orders/17?x=1'), reader, `get by ${GRANT}`],
    [call('DELETE', '/v1/orders/17'), reader, 'out_of_scope: '],
    [call('GET', '/v1/orders/../users'), reader, 'unreadable_act: '],
    [call('GET', '/v1/orders/%2e%2e/users'), admin, 'unreadable_act: '],
    [call('G ET', '/v1/orders'), admin, 'unreadable_act: '],
    [call('DELETE', '/v1/users/17'), admin, `delete by ${GRANT}`],
    [action('drop table'), admin, 'unreadable_act: '],
    [action('*'), admin, 'unreadable_act: '],
    [action('anything'), admin, `anything by ${GRANT}`],
  ])('%j', (act, grant, says) => {
    expect(outcome(act, [grant])).toMatch(new RegExp(`^${says.replaceAll('/', '\\/')}`));
  });

  test('a role of everything is narrowed by a scope to what the role names: whoever asks chooses other names', () => {
    const narrow = granted({ role: 'admin', scope: { actions: ['logs', 'get'] } });
    expect(outcome(action('logs'), [narrow])).toBe(`logs by ${GRANT}`);
    expect(outcome(action('reboot'), [narrow])).toMatch(/^out_of_scope: .* allows logs, get until/);
    expect(outcome(call('GET', '/v1/x'), [narrow])).toMatch(/^out_of_scope: /);
    expect(outcome(command('get', 'rm', '-rf', '/'), [narrow])).toMatch(/^out_of_scope: /);
    // The role names what logs is.
    expect(outcome(command('logs', 'rm', '-rf', '/'), [granted({ role: 'admin' })])).toMatch(
      /^unknown_action: /,
    );
    expect(outcome(command('logs', 'journalctl', '-f'), [narrow])).toBe(`logs by ${GRANT}`);
  });

  test('invariant 5: what was approved and what the catalog still allows, both have to allow it', () => {
    const wider = { actions: ['get', 'restart'], routes: { get: ['GET /v1/orders/**'] } };
    const approved = granted({ role: 'reader' }, [], wider);
    expect(outcome(call('GET', '/v1/orders/1'), [approved])).toBe(`get by ${GRANT}`);
    expect(outcome(action('restart'), [approved])).toMatch(/^out_of_scope: /);
    expect(outcome(action('select'), [approved])).toMatch(/^out_of_scope: /);
    const elsewhere = granted({ role: 'reader' }, [], wider, { provider: 'postgres' });
    expect(outcome(action('get'), [elsewhere])).toMatch(/^no_grant: /);
  });
});

test('a grant that lapsed or was taken back ended then, and not at the end of its window', () => {
  const ended_at = minute(10);
  for (const state of ['lapsed', 'withdrawn', 'revoked'] as const)
    expect(outcome(action('restart'), [{ ...granted(), state, ended_at }])).toBe(
      'ended: The grant production/alice-orders ended at 2026-11-24 17:10 UTC.',
    );
});

test('the rules are asked with what was judged, the grants that allow it, and the time', () => {
  const weighed = asked(call('GET', '/v1/orders/17'), [
    granted({ role: 'reader' }),
    granted({ role: 'operator' }),
  ]);
  expect(weighed).toMatchObject({
    input: {
      subject: { type: 'user', id: '101', properties: { login: 'alice' } },
      resource: { type: 'host', id: 'orders-host', properties: { environment: 'production' } },
      action: { name: 'get', properties: { method: 'GET', path: '/v1/orders/17' } },
      grants: [{ id: GRANT, role: 'reader', ends_at: minute(241) }],
      now: { rfc3339: minute(30), zone: { name: 'Europe/Berlin', hour: 18 } },
    },
  });
});

test('what was reviewed of a person wins over what a question carries, and so does what was judged', () => {
  const everything = { login: 'root', role: 'admin', environment: 'no', method: 'GET', team: 'a' };
  const carried = {
    ...{ subject: everything, resource: everything, action: everything },
    context: { now: 'never' },
  };
  const people = { zoe: { github_id: 101, at: {}, properties: { role: 'clerk', level: 3 } } };
  const data = { ...usesData, identities: { ...usesData.identities, people } };
  const question = {
    ...{ subject: { id: 101, login: 'alice' }, resource: 'orders-host', environment: 'production' },
    ...{ act: call('POST', '/v1/orders/17'), carried },
  };
  const grants = [granted({ role: 'admin' })];
  expect(weigh(question, { data, grants, now: new Date(minute(30)) })).toMatchObject({
    input: {
      subject: {
        id: '101',
        properties: { ...everything, login: 'alice', role: 'clerk', level: 3 },
      },
      resource: { properties: { ...everything, environment: 'production' } },
      action: {
        name: 'post',
        properties: { ...everything, method: 'POST', path: '/v1/orders/17' },
      },
      context: { now: 'never' },
      now: { rfc3339: minute(30) },
    },
  });
});

test('invariant 27: nothing is allowed outside a window, at any moment of any story', () => {
  const at = fc.integer({ min: -10, max: 400 });
  fc.assert(
    fc.property(at, fc.integer({ min: 2, max: 300 }), fc.boolean(), (now, length, early) => {
      const [first, kind, body] = told.activating(1, window(1, 1 + length));
      const story = [[first, kind, { ...body, entitled: strict }] as Told, told.activated(1)];
      const end = early ? Math.ceil(length / 2) : 1 + length;
      const grant = record(
        ...[told.approved(0, { declared: host, entitled: strict }), ...story],
        ...(early ? [told.ending(end)] : []),
      );
      const weighed = asked(action('restart'), [grant], { at: now });
      expect(weighed.kind === 'ask').toBe(!early && now >= 1 && now < end);
    }),
  );
});
