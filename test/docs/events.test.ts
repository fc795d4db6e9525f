import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createReceiver } from '../../src/adapters/webhook/receiver.js';
import type { EventOut } from '../../src/core/events/event.js';
import { minute } from '../../lab/acme/story.js';
import { TELLING, event } from '../support/core/telling.js';
import { EVENTS_SECRET } from '../support/events-receiver.js';
import { startProgram } from '../../lab/processes/process.js';
import type { Program } from '../../lab/processes/process.js';

const page = readFileSync(new URL('../../docs/events.md', import.meta.url), 'utf8');

describe('docs/events.md', () => {
  const examples = [...page.matchAll(/```json\n(.*?)```/gs)].map(
    ([, json = '']) => JSON.parse(json) as EventOut,
  );

  test('has an example for each type of event, and one row in the table', () => {
    expect(examples.map(({ type }) => type)).toEqual(Object.keys(TELLING));
    for (const type of Object.keys(TELLING)) expect(page).toContain(`| \`${type}\``);
  });

  test.each(Object.entries(TELLING))('the example of %s is what is sent', (type, of) => {
    const { id: _, ...body } = event(of) as EventOut;
    expect(examples.find((one) => one.type === type)).toEqual(body);
  });
});

describe('docs/examples/events-to-slack.mjs', () => {
  const said: string[] = [];
  let status = 200;
  const slack = createServer((request, response) => {
    void text(request).then((body) => {
      if (status === 200) said.push((JSON.parse(body) as { text: string }).text);
      response.writeHead(status).end();
    });
  });
  let example: Program;
  let url: string;
  beforeAll(async () => {
    await new Promise<void>((resolve) => slack.listen(0, '127.0.0.1', resolve));
    example = startProgram(['docs/examples/events-to-slack.mjs'], {
      EVENTS_SECRET,
      SLACK_URL: `http://127.0.0.1:${String((slack.address() as AddressInfo).port)}/hook`,
      PORT: '0',
    });
    const line = await example.line((one) => one.startsWith('listening on'));
    url = `http://127.0.0.1:${line.slice('listening on '.length)}`;
  });
  afterAll(async () => {
    await example.end('SIGTERM');
    slack.closeAllConnections();
    await new Promise((resolve) => slack.close(resolve));
  });
  const send = (of: EventOut | null, secret = EVENTS_SECRET, at = new Date()) => {
    if (!of) throw new Error('nothing is told');
    const receiver = createReceiver({ url, secrets: [secret], deadline_ms: 5000 });
    return receiver.send(of, at, new AbortController().signal);
  };

  test('posts an event that it knows, once, and accepts the others', async () => {
    const soon = event(TELLING['grant.ending_soon']);
    expect(await send(soon)).toMatchObject({ status: 204 });
    expect(await send(soon)).toMatchObject({ status: 204 });
    expect(await send(event(TELLING['grant.lapsed']))).toMatchObject({ status: 204 });
    expect(said.splice(0)).toEqual([
      `:hourglass: read-only on orders-db in production for alice ends at ${minute(241)}; to extend: duration: 5h`,
    ]);
  });

  test('refuses events with another signature, and old ones', async () => {
    const other = `whsec_${Buffer.alloc(32, 'x').toString('base64')}`;
    const asked = event(TELLING['change.asked']);
    expect(await send(asked, other)).toMatchObject({ status: 401 });
    expect(await send(asked, EVENTS_SECRET, new Date(Date.now() - 600_000))).toMatchObject({
      status: 401,
    });
    expect(said).toEqual([]);
  });

  test('asks for the event again if Slack is down, and mentions nobody because of what people wrote', async () => {
    const asked = event(TELLING['change.asked']) as EventOut;
    const { access } = asked.data;
    const loud = { ...asked, data: { ...asked.data, access: { ...access, reason: '<!channel>' } } };
    status = 500;
    expect(await send(loud)).toMatchObject({ status: 503 });
    status = 200;
    expect(await send(loud)).toMatchObject({ status: 204 });
    expect(said.splice(0)).toEqual([
      ':raised_hand: read-only on orders-db in production for alice: &lt;!channel&gt; (waits for payments)',
    ]);
  });
});
