import { beforeAll, describe, expect, test } from '@jest/globals';
import { addHours } from 'date-fns/addHours';
import { until } from '../../lab/until.js';
import { asking, policyOf, question, TOKEN, type Asking, type Pdp } from './asking-pdp.js';

let world: Asking;
let pdp: Pdp;

const now = new Date();
/** Begun an hour ago, for so many hours as a whole. */
const window = (hours = 4) => ({
  starts_at: addHours(now, -1).toISOString(),
  ends_at: addHours(now, hours - 1).toISOString(),
});
const alice = { id: 101, login: 'alice' };
const give = (slug: string, role: string, more: object = {}) => ({
  id: `access-grants/production/${slug}.yml@c0ffee`,
  ...{ subject: alice, environment: 'production', resource: 'orders-api', role },
  window: window(),
  ...more,
});
const RESTART = {
  name: 'run',
  properties: { argv: ['systemctl', 'restart', 'orders-web'] },
};

beforeAll(async () => {
  world = await asking();
  await world.ledger.inForce(policyOf(), addHours(now, -2));
  await world.ledger.give(
    give('alice-operator', 'operator', { scope: { actions: ['restart', 'run'] } }),
  );
  pdp = await world.start();
  await pdp.until(question('alice', 'restart'), 'allowed_by_grant');
}, 60_000);

describe('invariant 27: the decision process', () => {
  test('allows by a live grant, and says by which and until when', async () => {
    const { status, body } = await pdp.ask(question('alice', RESTART));
    expect(status).toBe(200);
    expect(body).toMatchObject({
      decision: true,
      context: {
        reason: 'allowed_by_grant',
        grant: 'access-grants/production/alice-operator.yml@c0ffee',
        ends_at: window().ends_at,
        evaluation_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    });
  });

  test('a method without a path is a property like others: the action is meant by its name', async () => {
    const named = { name: 'restart', properties: { method: 'POST' } };
    const { body } = await pdp.ask(question('alice', named));
    expect(body).toMatchObject({ decision: true });
    const call = { name: 'restart', properties: { path: '/v1/orders' } };
    expect((await pdp.ask(question('alice', call))).body).toMatchObject({
      ...{ decision: false, context: { reason: 'unreadable_act' } },
    });
  });

  const denials: readonly [string, unknown, string, RegExp][] = [
    [
      'an action outside the scope',
      question('alice', 'logs'),
      'out_of_scope',
      /allows restart, run until .*; this is logs\./,
    ],
    [
      'a command that is another',
      question('alice', {
        name: 'run',
        properties: { argv: ['systemctl', 'restart', 'billing'] },
      }),
      'out_of_scope',
      /allows restart, run until .*; this is run by "systemctl restart billing"/,
    ],
    [
      'a command that is no list of words',
      question('alice', { name: 'run', properties: { argv: 'systemctl restart orders-web' } }),
      'unreadable_act',
      /the command is empty/,
    ],
    [
      'a command that is a call as well',
      question('alice', {
        name: 'run',
        properties: { ...RESTART.properties, method: 'GET', path: '/v1/orders/7' },
      }),
      'unreadable_act',
      /the command is empty/,
    ],
    [
      'somebody without a grant',
      question('bob', 'restart'),
      'no_grant',
      /bob has no grant on orders-api in production/,
    ],
    [
      'a name that nobody has',
      question('mallory', 'restart'),
      'unknown_subject',
      /Nobody is known to the enforcement point orders-api as "mallory"/,
    ],
    [
      'a subject that is no person',
      { ...question('alice', 'restart'), subject: { type: 'service', id: 'alice' } },
      'unknown_subject',
      /Only a user has grants/,
    ],
    [
      'a resource of another type',
      question('alice', 'restart', { type: 'database' }),
      'unknown_resource',
      /The catalog has no "database" "orders-api"/,
    ],
    [
      'no environment',
      question('alice', 'restart', { properties: {} }),
      'unknown_environment',
      /Send it as resource\.properties\.environment: production/,
    ],
    [
      'a path that others may read otherwise',
      question('alice', {
        name: 'get',
        properties: { method: 'GET', path: '/v1/orders/..%2fadmin' },
      }),
      'unreadable_act',
      /%2f/i,
    ],
    [
      'numbers that lose digits',
      `{"subject":{"type":"user","id":"alice"},"action":{"name":"restart"},"resource":{"type":"service","id":"orders-api","properties":{"environment":"production"}},"context":{"n":12345678901234567890}}`,
      'engine_fault',
      /loses digits/,
    ],
  ];
  test.each(denials)('denies %s and says why', async (_, body, reason, says) => {
    const answer = await pdp.ask(body);
    expect(answer).toMatchObject({
      status: 200,
      body: { decision: false, context: { reason, reason_user: expect.stringMatching(says) } },
    });
  });

  const refusals: readonly [string, unknown, Record<string, string>, number, RegExp][] = [
    [
      'no credential',
      question('alice', 'restart'),
      { authorization: '' },
      401,
      /token of an enforcement point/,
    ],
    [
      'an unknown token',
      question('alice', 'restart'),
      { authorization: `Bearer ${TOKEN}x` },
      401,
      /token of an enforcement point/,
    ],
    [
      'a resource that the caller does not guard',
      question('alice', 'select', { type: 'postgres', id: 'orders-db' }),
      {},
      403,
      /orders-api does not guard "orders-db"/,
    ],
    [
      'an environment that the caller does not guard',
      question('alice', 'get', { properties: { environment: 'staging' } }),
      {},
      403,
      /does not guard "orders-api" in "staging"/,
    ],
    ['no JSON', '{', {}, 400, /not JSON/],
    ['an empty body', '', {}, 400, /empty/],
    ['another type of body', '{}', { 'content-type': 'text/plain' }, 400, /application\/json/],
    ['a body over the limit', JSON.stringify({ a: 'x'.repeat(70_000) }), {}, 413, /65536 bytes/],
    ['no subject', { action: { name: 'get' } }, {}, 400, /^subject must be an object/],
    [
      'a subject without an id',
      { ...question('alice', 'get'), subject: { type: 'user' } },
      {},
      400,
      /^subject\.id must be a text/,
    ],
    [
      'an action of another type',
      { ...question('alice', 'get'), action: { name: 7 } },
      {},
      400,
      /^action\.name must be a text/,
    ],
    ['a list', [], {}, 400, /must be a JSON object/],
  ];
  test.each(refusals)('refuses %s', async (_, body, headers, status, says) => {
    const answer = await pdp.ask(body, headers);
    expect(answer).toMatchObject({ status, body: expect.stringMatching(says) });
    expect(answer.headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer' : null);
  });

  test('a request id comes back, and a hostile one does not', async () => {
    const sent = { 'x-request-id': 'abc-1' };
    expect((await pdp.ask(question('alice', 'restart'), sent)).headers.get('x-request-id')).toBe(
      'abc-1',
    );
    const long = { 'x-request-id': 'x'.repeat(300) };
    expect(
      (await pdp.ask(question('alice', 'restart'), long)).headers.get('x-request-id'),
    ).toBeNull();
  });

  test('no cache allows it after the end or a revocation', async () => {
    const id = give('bob', 'reader').id;
    const get = { name: 'get', properties: { method: 'GET', path: '/v1/orders/7' } };
    await world.ledger.give(give('bob', 'reader', { subject: { id: 102, login: 'bob' } }));
    await pdp.until(question('bob', get), 'allowed_by_grant');
    await world.ledger.revoke(id, new Date());
    await pdp.until(question('bob', get), 'ended');
  });

  test('half-open: at its end it denies, although nothing was written', async () => {
    const starts_at = new Date(Date.now() - 1_000).toISOString();
    const ends_at = new Date(Date.now() + 1_500).toISOString();
    const bob = { id: 102, login: 'bob' };
    await world.ledger.give(
      give('bob-soon', 'admin', { subject: bob, window: { starts_at, ends_at } }),
    );
    const asked = question('bob', 'purge');
    await pdp.until(asked, 'allowed_by_grant');
    const { context } = await pdp.until(asked, 'ended');
    expect(Date.parse(String(context.evaluated_at))).toBeGreaterThanOrEqual(Date.parse(ends_at));
  });

  test('its row says the version that it goes by, and is gone when it has left', async () => {
    const other = await world.start();
    const rows = async () => {
      const { rows } = await world.owner.query<{ behind: string }>(
        'SELECT head.seq - version AS behind FROM daypass.decision_processes CROSS JOIN daypass.head',
      );
      return rows.map(({ behind }) => Number(behind));
    };
    await other.until(question('alice', 'restart'), 'allowed_by_grant');
    expect(await rows()).toEqual([0, 0]);
    await other.close();
    expect(await rows()).toEqual([0]);
  });

  const enforcedBy = (credential: string) =>
    `points:\n  orders-api:\n    speaks: authzen\n    guards: [{ resource: orders-api, environments: [production] }]\n    subject: person\n    credential: ${credential}\n`;
  test.each([
    ['no longer names', 'points: {}\n'],
    ['knows by a certificate', enforcedBy('{ mtls: spiffe://acme/orders-api }')],
    [
      'knows by tokens of an issuer',
      enforcedBy(
        '{ oidc: { issuer: https://id.example.org, audience: daypass, claims: { team: a } } }',
      ),
    ],
  ])(
    'a policy that comes into force counts at once: its token lets a point that it %s not in',
    async (_, file) => {
      await world.ledger.inForce(policyOf(), new Date());
      await pdp.until(question('alice', 'restart'), 'allowed_by_grant');
      await world.ledger.inForce(policyOf({ 'enforcement.yaml': file }), new Date());
      await until('the token proves nothing', async () => {
        expect(await pdp.ask(question('alice', 'restart'))).toMatchObject({
          status: 401,
          body: expect.stringMatching(
            /no one enforcement point orders-api with the credential token/,
          ),
        });
        return true;
      });
    },
  );
});
