import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { addHours } from 'date-fns/addHours';
import { startIssuer, type Issuer } from '../../lab/servers/issuer.js';
import { until } from '../../lab/until.js';
import { asking, policyOf, question, type Asking, type Pdp } from './asking-pdp.js';

let world: Asking;
let pdp: Pdp;
let issuer: Issuer;
const now = new Date();

/** Jobs of one repository may ask for whoever started them. */
const jobsOf = (repository: number) =>
  policyOf({
    'enforcement.yaml': `points:
  deploys:
    speaks: authzen
    guards: [{ resource: orders-api, environments: [production] }]
    subject: { claim: actor_id }
    credential:
      oidc: { issuer: '${issuer.url}', audience: daypass, claims: { repository_id: ${repository} } }
`,
  });
const ask = async (subject: string, claims: object = {}) => {
  const job = { aud: 'daypass', repository_id: '4711', actor_id: '101', ...claims };
  const authorization = `Bearer ${await issuer.sign(job)}`;
  return pdp.ask(question(subject, 'restart'), { authorization });
};
const answers = (what: object) =>
  until(JSON.stringify(what), async () => {
    expect(await ask('101')).toMatchObject(what);
    return true;
  });

beforeAll(async () => {
  issuer = await startIssuer('/_services/token', () => new Date());
  world = await asking();
  await world.ledger.inForce(jobsOf(4711), addHours(now, -2));
  await world.ledger.give({
    id: 'access-grants/production/alice-operator.yml@c0ffee',
    ...{ subject: { id: 101, login: 'alice' }, environment: 'production' },
    ...{ resource: 'orders-api', role: 'operator' },
    window: { starts_at: addHours(now, -1).toISOString(), ends_at: addHours(now, 3).toISOString() },
  });
  pdp = await world.start();
  await answers({ status: 200, body: { decision: true } });
}, 60_000);
afterAll(() => issuer.close());

describe('invariant 27: a job that asks', () => {
  test('asks for whoever started it, and for nobody else', async () => {
    expect(await ask('101')).toMatchObject({ body: { context: { reason: 'allowed_by_grant' } } });
    expect(await ask('102', { actor_id: '102' })).toMatchObject({
      body: { decision: false, context: { reason: 'no_grant' } },
    });
    expect(await ask('101', { actor_id: '102' })).toMatchObject({
      body: { decision: false, context: { reason: 'unknown_subject' } },
    });
  });

  test.each([
    ['of another repository', { repository_id: '4712' }],
    ['for another audience', { aud: 'https://github.com/acme' }],
    ['that has ended', { exp: Math.floor(Date.now() / 1000) - 1 }],
    ['that is long', { more: 'x'.repeat(9_000) }],
  ])('is not known by a token %s', async (_, claims) => {
    expect(await ask('101', claims)).toMatchObject({ status: 401 });
  });

  test('a change of policy counts at once, for a token that was verified before', async () => {
    await world.ledger.inForce(jobsOf(4712), new Date());
    await answers({ status: 401 });
    await world.ledger.inForce(jobsOf(4711), new Date());
    await answers({ status: 200, body: { decision: true } });
  });
});
