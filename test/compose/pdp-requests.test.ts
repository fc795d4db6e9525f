import { beforeAll, describe, expect, test } from '@jest/globals';
import { addHours } from 'date-fns/addHours';
import { until } from '../../lab/until.js';
import { sessionOf } from '../adapters/postgres/released.js';
import { asking, policyOf, question, TOKEN, type Asking, type Pdp } from './asking-pdp.js';

const PUBLIC_URL = 'https://pdp.acme.test';
const OTHER = 'the-token-of-another-enforcement-point';
const POINTS = ['orders-api', 'other'].map(
  (name) => `  ${name}:
    speaks: authzen
    guards: [{ resource: orders-api, environments: [production] }]
    subject: person
    credential: token
`,
);

let world: Asking;
let pdp: Pdp;

type Answer = { readonly status: number; readonly type: string | null; readonly body: unknown };

async function send(
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const answer = await fetch(`${pdp.url}/access/v1/requests${path}`, {
    method,
    headers: {
      ...{ authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const type = answer.headers.get('content-type');
  return { status: answer.status, type, body: await answer.json() };
}

const served = () => world.owner.query('INSERT INTO daypass.requests_served DEFAULT VALUES');
const not_served = () => world.owner.query('DELETE FROM daypass.requests_served');

/** A denial that may be asked for. */
const denied = (who: string, action: string) =>
  until('it may be asked for', async () => {
    const { body } = await pdp.ask(question(who, action));
    const { context } = body as { context: Record<string, unknown> };
    const { evaluation_id, access_request } = context;
    if (!access_request) throw new Error(JSON.stringify(body));
    const { expires_at } = access_request as { expires_at: string };
    return { evaluation_id: String(evaluation_id), expires_at };
  });
const submission = (denial: object, who: string, action: string) => ({
  ...question(who, action),
  context: { business_justification: 'It hangs' },
  denial,
});
const problem = (name: string) => ({
  type: 'application/problem+json',
  body: { type: `urn:openid:authzen:access-request:error:${name}` },
});

beforeAll(async () => {
  world = await asking();
  const enforcement = `points:\n${POINTS.join('')}`;
  await world.ledger.inForce(
    policyOf({ 'enforcement.yaml': enforcement }),
    addHours(new Date(), -2),
  );
  pdp = await world.start({ PUBLIC_URL, ENFORCER_OTHER_TOKEN: OTHER });
  await pdp.until(question('alice', 'restart'), 'no_grant');
}, 60_000);

describe('requests for access', () => {
  test('are offered and taken only while a worker is there for them', async () => {
    const { body } = await pdp.ask(question('alice', 'restart'));
    expect(body).not.toHaveProperty('context.access_request');
    expect(body).toHaveProperty('context.ask_for');
    expect((await send('POST', '', {})).status).toBe(404);
    const metadata = async () =>
      (await (await fetch(`${pdp.url}/.well-known/authzen-configuration`)).json()) as object;
    expect(await metadata()).not.toHaveProperty('access_request_endpoint');
    await served();
    await denied('alice', 'restart');
    expect(await metadata()).toMatchObject({
      access_request_endpoint: `${PUBLIC_URL}/access/v1/requests`,
      capabilities: ['urn:openid:authzen:capability:access-request'],
    });
  });

  test('become a task of the person of the denial, which its own point may read', async () => {
    const asked = submission(await denied('alice', 'restart'), 'alice', 'restart');
    const key = { 'idempotency-key': 'k-1' };
    const made = await send('POST', '', asked, key);
    expect(made).toMatchObject({ status: 202, body: { task: { status: 'pending' } } });
    const { id } = (made.body as { task: { id: string } }).task;
    expect((await send('POST', '', asked)).body).toEqual(made.body);
    expect((await send('GET', `/${id}`)).body).toEqual(made.body);
    const others = await send('GET', `/${id}`, undefined, { authorization: `Bearer ${OTHER}` });
    expect(others).toMatchObject({ status: 404, ...problem('unknown_task') });
    const { rows } = await world.owner.query(
      'SELECT subject_id, point, body FROM daypass.access_requests',
    );
    expect(rows).toEqual([
      {
        subject_id: '101',
        point: 'orders-api',
        body: expect.stringContaining('"reason":"It hangs"'),
      },
    ]);
    const again = { ...asked, context: { business_justification: 'Something else' } };
    expect(await send('POST', '', again, key)).toMatchObject({
      ...{ status: 409, ...problem('duplicate_request') },
    });
  });

  test.each<[string, (denial: object) => object, Record<string, string>, number, string]>([
    [
      'for somebody else',
      (denial) => submission(denial, 'bob', 'logs'),
      {},
      400,
      'invalid_denial_binding',
    ],
    [
      'for another action',
      (denial) => submission(denial, 'alice', 'purge'),
      {},
      400,
      'invalid_denial_binding',
    ],
    [
      'of another point',
      (denial) => submission(denial, 'alice', 'logs'),
      { authorization: `Bearer ${OTHER}` },
      400,
      'invalid_denial_binding',
    ],
    [
      'of an evaluation that nobody made',
      (denial) => submission({ ...denial, evaluation_id: 'none' }, 'alice', 'logs'),
      {},
      400,
      'invalid_denial_binding',
    ],
    [
      'too late',
      (denial) => submission({ ...denial, expires_at: '2020-01-01T00:00:00Z' }, 'alice', 'logs'),
      {},
      410,
      'expired_denial',
    ],
  ])('are refused %s', async (_, of, headers, status, name) => {
    const denial = await denied('alice', 'logs');
    expect(await send('POST', '', of(denial), headers)).toMatchObject({ status, ...problem(name) });
  });

  test.each<[string, unknown, Record<string, string>, number]>([
    ['without a credential', {}, { authorization: '' }, 401],
    ['that say nothing', {}, {}, 400],
    ['over the limit', { a: 'x'.repeat(70_000) }, {}, 413],
    ['with a key of many lines', {}, { 'idempotency-key': 'x'.repeat(201) }, 400],
  ])('are refused %s', async (_, body, headers, status) => {
    expect((await send('POST', '', body, headers)).status).toBe(status);
  });

  test('of one person are few at once', async () => {
    const statuses: number[] = [];
    for (let count = 0; count < 6; count += 1) {
      const asked = submission(await denied('bob', 'logs'), 'bob', 'logs');
      statuses.push((await send('POST', '', asked)).status);
    }
    expect(statuses).toEqual([202, 202, 202, 202, 202, 429]);
  });

  test('invariant 25: the role of a decision process answers none, and reads no more of one than its status', async () => {
    const session = await sessionOf(world.urls.pdp);
    const own = await session.query('SELECT status FROM daypass.access_requests');
    expect(own.rowCount).toBeGreaterThan(0);
    for (const text of [
      "UPDATE daypass.access_requests SET status = 'approved'",
      'DELETE FROM daypass.access_requests',
      'SELECT body FROM daypass.access_requests',
      'SELECT body FROM daypass.uses',
      'INSERT INTO daypass.requests_served DEFAULT VALUES',
      `INSERT INTO daypass.access_requests (id, evaluation, point, subject_id, digest, body, asked_at, status)
       VALUES ('x', 'x', 'x', 1, 'x', 'x', now(), 'approved')`,
    ])
      await expect(session.query(text)).rejects.toThrow(/permission denied/);
  });

  test('are not offered once no worker is there', async () => {
    await not_served();
    await until('it is not offered', async () => {
      const { body } = await pdp.ask(question('alice', 'restart'));
      expect(body).not.toHaveProperty('context.access_request');
      return true;
    });
    expect((await send('GET', '/some')).status).toBe(404);
  });
});
