import { request } from 'node:https';
import { json } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import { until } from '../../lab/until.js';
import { authority, type Pair } from '../support/certificates.js';
import { asking, policyOf, question, TOKEN } from './asking-pdp.js';

const POINTS = `points:
  orders-api:
    speaks: authzen
    guards: [{ resource: orders-api, environments: [production] }]
    subject: person
    credential: token
  orders-mesh:
    speaks: authzen
    guards: [{ resource: orders-api, environments: [staging] }]
    subject: person
    credential: { mtls: spiffe://acme/orders-mesh }
`;

test('invariant 27: a point asks by its certificate about what it guards, and others by their token at the same port', async () => {
  const acme = authority();
  const world = await asking();
  await world.ledger.inForce(policyOf({ 'enforcement.yaml': POINTS }), new Date());
  const server = acme.signs('DNS:localhost', { use: 'serverAuth' });
  const pdp = await world.start({
    ...{ PDP_TLS_CERT: server.cert, PDP_TLS_KEY: server.key, PDP_TLS_CA: acme.cert },
  });
  const { port } = new URL(pdp.url);
  const ask = (environment: string, pair: Pair | null, headers: Record<string, string> = {}) =>
    new Promise<[number | undefined, unknown]>((resolve, reject) => {
      const sent = request(
        {
          ...{ host: '127.0.0.1', servername: 'localhost', port, ca: acme.cert, ...pair },
          ...{ method: 'POST', path: '/access/v1/evaluation', agent: false },
          headers: { 'content-type': 'application/json', ...headers },
        },
        (answer) => void json(answer).then((body) => resolve([answer.statusCode, body]), reject),
      );
      sent.once('error', reject);
      sent.end(JSON.stringify(question('alice', 'restart', { properties: { environment } })));
    });
  const mesh = acme.signs('URI:spiffe://acme/orders-mesh');
  const denied = [200, { decision: false, context: { reason: 'no_grant' } }];
  const token = { authorization: `Bearer ${TOKEN}` };
  await until('it is current', async () => (await ask('staging', mesh))[0] === 200);
  expect(await ask('staging', mesh)).toMatchObject(denied);
  expect(await ask('production', null, token)).toMatchObject(denied);
  // What it does not guard, and names that are nobody's.
  expect(await ask('production', mesh)).toMatchObject([403, expect.any(String)]);
  expect(await ask('staging', mesh, token)).toMatchObject([403, expect.any(String)]);
  for (const nobody of [null, acme.signs('URI:spiffe://acme/other'), authority()])
    expect(await ask('staging', nobody)).toMatchObject([401, expect.any(String)]);
}, 60_000);
