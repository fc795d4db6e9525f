import { beforeAll, describe, expect, test } from '@jest/globals';
import { opaOnPath } from '../support/opa.js';
import { asking, TOKEN, type Pdp } from './asking-pdp.js';
import { certifiedGrants, certifiedPolicy } from './authzen-fixture.js';
import { scenario } from './authzen-scenario.js';

const RECORDS_TOKEN = `${TOKEN}-of-records`;
const PUBLIC_URL = 'https://pdp.acme.test';
const now = new Date();

let pdp: Pdp;
beforeAll(async () => {
  const world = await asking(opaOnPath());
  await world.ledger.inForce(certifiedPolicy, new Date(now.getTime() - 7_200_000));
  await world.ledger.give(...certifiedGrants(now));
  pdp = await world.start({ ENFORCER_RECORDS_TOKEN: RECORDS_TOKEN, PUBLIC_URL });
  const alice = { subject: { type: 'user', id: 'alice' }, action: { name: 'read' } };
  const asked = { ...alice, resource: { type: 'record', id: 'record-2' } };
  await pdp.until(asked, 'allowed_by_grant', { authorization: `Bearer ${RECORDS_TOKEN}` });
}, 120_000);

interface Decided {
  readonly decision: boolean;
  readonly context?: Readonly<Record<string, unknown>>;
}
interface Body extends Partial<Decided> {
  readonly evaluations?: readonly Decided[];
  readonly results?: readonly Readonly<Record<string, unknown>>[];
  readonly page?: { readonly next_token: string; readonly count: number };
}

async function post(at: string, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  const answer = await fetch(`${pdp.url}/access/v1/${at}`, {
    method: 'POST',
    headers: {
      ...{ authorization: `Bearer ${RECORDS_TOKEN}`, 'content-type': 'application/json' },
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const type = answer.headers.get('content-type');
  return {
    status: answer.status,
    type,
    headers: answer.headers,
    body: (await answer.json()) as Body,
  };
}

/** What an answer decides, as a list. */
const decided = ({ evaluations, ...single }: Body): readonly (boolean | undefined)[] =>
  (evaluations ?? [single]).map(({ decision }) => decision);

describe.each(scenario)('AuthZEN $id: $is', (row) => {
  test(`is a ${row.status}`, async () => {
    const sent = { 'x-request-id': `case-${row.id}`, ...row.headers };
    const { status, type, headers, body } = await post(row.at, row.body, sent);
    expect({ status, body }).toEqual({ status: row.status, body: expect.anything() });
    // c-2-5-1, c-5
    expect(headers.get('x-request-id')).toBe(`case-${row.id}`);
    expect(type).toBe('application/json');
    if (row.status === 400) expect(typeof body).toBe('string');
    if (row.decisions) {
      const found = decided(body);
      // c-3-3-1, c-3-3-3, c-2-3-1
      expect(found.map((one) => typeof one)).toEqual(row.decisions.map(() => 'boolean'));
      expect(found.map((one, index) => (row.decisions?.[index] === null ? null : one))).toEqual(
        row.decisions,
      );
      for (const one of body.evaluations ?? [body]) expect(one.context).toEqual(expect.any(Object));
    }
    if (row.results) {
      if (row.results.length === 0) expect(body).toEqual({ results: [] });
      expect(body.results).toEqual(expect.arrayContaining([...row.results]));
      const { subject, resource } = row.body as Record<'subject' | 'resource', { type: string }>;
      const types = { 'search/subject': subject.type, 'search/resource': resource.type };
      const wanted = own(types, row.at);
      for (const one of body.results ?? [])
        expect(one).toEqual(
          wanted === undefined
            ? { name: expect.any(String) }
            : { type: wanted, id: expect.any(String) },
        );
    }
    const same = scenario.find(({ id }) => id === row.same_as);
    if (same) expect((await post(same.at, same.body)).body.results).toEqual(body.results);
  });
});

const own = (record: Readonly<Record<string, string>>, key: string): string | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

describe('AuthZEN beside single requests', () => {
  const [first] = scenario;
  const asked = first?.body;

  test('every section of the scenario with a request has its row', () => {
    const listed = [
      ...['c-2-2-1', 'c-2-2-2', 'c-2-2-3', 'c-2-2-4', 'c-2-2-5', 'c-2-2-6', 'c-2-2-7', 'c-2-2-8'],
      ...['c-2-2-9', 'c-2-4-1', 'c-2-4-2', 'c-2-4-3', 'c-2-4-4', 'c-2-4-5', 'c-2-4-6'],
      ...['c-3-2-1', 'c-3-2-2', 'c-3-2-3', 'c-3-2-4', 'c-3-2-5', 'c-3-2-6', 'c-3-2-7'],
      ...['c-3-4-1', 'c-3-4-2', 'c-3-4-3', 'c-4-2-1', 'c-4-2-2', 'c-4-2-3', 'c-4-2-4'],
      ...['c-4-3-1', 'c-4-3-2', 'c-4-3-3', 'c-4-3-4', 'c-4-4-1', 'c-4-4-2', 'c-4-4-3'],
      ...['c-4-5-1', 'c-4-6-1', 'c-4-6-2', 'c-4-7-1', 'c-4-7-2'],
    ];
    const rows = new Set(scenario.map(({ id }) => id));
    expect(listed.filter((id) => !rows.has(id))).toEqual([]);
  });

  test('what a rule denies says which rule and why, and what no grant allows has another reason', async () => {
    const archived = { type: 'record', id: 'record-2', properties: { status: 'archived' } };
    const alice = { ...(asked as object), action: { name: 'write' } };
    expect((await post('evaluation', { ...alice, resource: archived })).body.context).toMatchObject(
      {
        ...{ reason: 'policy_denied', reason_user: 'Only an admin writes what is archived.' },
      },
    );
    const bob = { ...alice, subject: { type: 'user', id: 'bob' } };
    expect((await post('evaluation', bob)).body.context).toMatchObject({ reason: 'out_of_scope' });
  });

  test('c-2-5-2: without X-Request-ID there is none', async () => {
    const { status, headers } = await post('evaluation', asked);
    expect([status, headers.get('x-request-id')]).toEqual([200, null]);
  });

  test('c-2-6: the same question has the same decision each time', async () => {
    for (const body of [asked, { ...(asked as object), subject: { type: 'user', id: 'eve' } }]) {
      const found = new Set<unknown>();
      for (let n = 0; n < 5; n += 1) found.add((await post('evaluation', body)).body.decision);
      expect(found.size).toBe(1);
    }
  });

  test('c-3-2-2: a batch that short-circuits ends with what decides it', async () => {
    const [read, write] = [{ action: { name: 'read' } }, { action: { name: 'write' } }];
    const bob = {
      subject: { type: 'user', id: 'bob' },
      resource: { type: 'record', id: 'record-1' },
    };
    const decisions = async (evaluations_semantic: string, evaluations: readonly object[]) =>
      decided(
        (await post('evaluations', { ...bob, options: { evaluations_semantic }, evaluations }))
          .body,
      );
    expect(await decisions('deny_on_first_deny', [read, write, read])).toEqual([true, false]);
    expect(await decisions('permit_on_first_permit', [write, read, write])).toEqual([false, true]);
  });

  test('c-4-5-2, c-4-5-3: pages follow each other until the token is empty', async () => {
    const searched = {
      ...{ subject: { type: 'user' }, action: { name: 'read' } },
      resource: { type: 'record', id: 'record-1' },
    };
    const seen: unknown[] = [];
    let token: string | undefined;
    do {
      const page = { limit: 1, ...(token !== undefined && { token }) };
      const { status, body } = await post('search/subject', { ...searched, page });
      expect(status).toBe(200);
      expect(body.page).toEqual({ next_token: expect.any(String), count: body.results?.length });
      expect(body.results?.length).toBeLessThanOrEqual(1);
      seen.push(...(body.results ?? []).map(({ id }) => id));
      token = body.page?.next_token;
    } while (token !== '');
    expect(seen).toEqual(['alice', 'bob']);
  });

  test('c-6: the metadata names this decision point and what it serves', async () => {
    const answer = await fetch(`${pdp.url}/.well-known/authzen-configuration`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json');
    const found = (await answer.json()) as Readonly<Record<string, string>>;
    const { policy_decision_point, ...endpoints } = found;
    expect(policy_decision_point).toBe(PUBLIC_URL);
    expect(Object.keys(endpoints).sort()).toEqual([
      ...['access_evaluation_endpoint', 'access_evaluations_endpoint'],
      ...['search_action_endpoint', 'search_resource_endpoint', 'search_subject_endpoint'],
    ]);
    for (const endpoint of Object.values(endpoints)) {
      expect(endpoint.startsWith(`${PUBLIC_URL}/access/v1/`)).toBe(true);
      const path = new URL(endpoint).pathname.replace('/access/v1/', '');
      expect((await post(path, {})).status).toBe(400);
    }
  });

  test('a caller without a credential is told how to have one, and which request that was', async () => {
    for (const at of ['evaluation', 'evaluations', 'search/subject']) {
      const sent = { authorization: '', 'x-request-id': 'r-1' };
      const { status, headers, body } = await post(at, asked, sent);
      expect([status, typeof body]).toEqual([401, 'string']);
      expect(headers.get('www-authenticate')).toBe('Bearer');
      expect(headers.get('x-request-id')).toBe('r-1');
    }
  });

  test('c-5: a caller whom the policy does not name is not answered', async () => {
    const other = { authorization: `Bearer ${TOKEN}` };
    expect((await post('evaluation', asked, other)).status).toBe(401);
  });
});
