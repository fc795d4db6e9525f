import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Delivery } from './deliveries.js';
import type { Person } from './people.js';
import { person } from './people.js';
import type { RunningGitHub } from './start.js';
import { startGitHub } from './start.js';
import { seed } from './testing.js';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const inbox: Received[] = [];
let answer_status = 202;
const receiver = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    inbox.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
    response.writeHead(answer_status).end();
  });
});

let github: RunningGitHub;
let root: Person;

beforeAll(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as AddressInfo;
  github = await startGitHub(seed(`http://127.0.0.1:${port}/hook`), { random: () => 0.5 });
  root = person(github.url, 'tok_root');
}, 60_000);
afterAll(async () => {
  await github.close();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});
beforeEach(() => {
  inbox.length = 0;
  answer_status = 202;
});

const mode = (body: unknown) => root.must('POST', '/_stand-in/deliveries/mode', body);
const deliveries = () => root.must<Delivery[]>('GET', '/_stand-in/deliveries');
const MEMBERSHIP = '/orgs/acme/teams/payments/memberships';
/** Two events: carol joins the team and leaves it. */
async function comeAndGo(): Promise<void> {
  await root.must('PUT', `${MEMBERSHIP}/carol`);
  await root.must('DELETE', `${MEMBERSHIP}/carol`);
  await github.github.deliveries.settled();
}
const actions = () => inbox.map(({ body }) => (JSON.parse(body) as { action: string }).action);

test("a delivery is signed, named and addressed like GitHub's", async () => {
  await comeAndGo();
  const [first] = inbox;
  const signature = createHmac('sha256', 's3cret')
    .update(first?.body ?? '')
    .digest('hex');
  expect(first?.headers).toMatchObject({
    'x-hub-signature-256': `sha256=${signature}`,
    'x-github-event': 'membership',
    'x-github-hook-installation-target-id': '4242',
    'x-github-hook-installation-target-type': 'integration',
    'content-type': 'application/json',
    'user-agent': expect.stringMatching(/^GitHub-Hookshot\//),
  });
  expect(JSON.parse(first?.body ?? '')).toMatchObject({
    action: 'added',
    member: { login: 'carol' },
    team: { slug: 'payments' },
    organization: { login: 'acme' },
    sender: { login: 'root' },
    installation: { id: 77 },
  });
  const [kept] = (await deliveries()).slice(-2);
  expect(kept?.id).toBe(first?.headers['x-github-delivery']);
  expect(kept?.attempts).toEqual([{ at: expect.any(String), status: 202 }]);
});

test('a delivery that was refused is not sent again by itself; a replay has the same id', async () => {
  answer_status = 503;
  await comeAndGo();
  expect(inbox).toHaveLength(2);
  const [failed] = (await deliveries()).slice(-2);
  answer_status = 202;
  await root.must('POST', `/_stand-in/deliveries/${failed?.id ?? ''}/replay`);
  expect(inbox[2]?.headers['x-github-delivery']).toBe(failed?.id);
  expect(inbox[2]?.body).toBe(inbox[0]?.body);
  const seen = (await deliveries()).find((one) => one.id === failed?.id);
  expect(seen?.attempts.map((one) => one.status)).toEqual([503, 202]);
  expect((await root.call('POST', '/_stand-in/deliveries/none/replay')).status).toBe(404);
});

test('deliveries can be dropped, doubled, delayed and shuffled', async () => {
  await mode({ drop: true });
  await comeAndGo();
  expect(inbox).toHaveLength(0);
  await mode({ double: true });
  await comeAndGo();
  expect(inbox).toHaveLength(4);
  expect(new Set(inbox.map(({ headers }) => headers['x-github-delivery'])).size).toBe(2);
  inbox.length = 0;
  await mode({ delay_ms: 150 });
  const start = performance.now();
  await comeAndGo();
  expect(performance.now() - start).toBeGreaterThanOrEqual(145);
  inbox.length = 0;
  await mode({ shuffle: true });
  await comeAndGo();
  expect(actions()).toEqual(['removed', 'added']);
  await mode({});
});
