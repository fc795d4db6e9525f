import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createReceiver } from '../../../src/adapters/webhook/receiver.js';
import { sign } from '../../../src/adapters/webhook/sign.js';
import type { EventOut } from '../../../src/core/events/event.js';
import { TELLING, event } from '../../support/core/telling.js';
import { EVENTS_SECRET, startReceiver } from '../../support/events-receiver.js';
import type { EventsReceiver, Reply } from '../../support/events-receiver.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const DEADLINE = 400;
const active = event(TELLING['grant.active']) as EventOut;
let there: EventsReceiver;
beforeAll(async () => {
  there = await startReceiver();
});
beforeEach(() => there.reply(204));
afterAll(() => there.close());

const send = (
  options: { url?: string; secrets?: string[]; closing?: AbortSignal } = {},
  at = new Date(),
) => {
  const { url = there.url, secrets = [EVENTS_SECRET] } = options;
  const closing = options.closing ?? new AbortController().signal;
  return createReceiver({ url, secrets, deadline_ms: DEADLINE }).send(active, at, closing);
};

describe('a signed webhook', () => {
  test('is signed as in the example of Standard Webhooks', () => {
    // From the specification's reference libraries (test vector of their signature tests).
    const signed = sign(
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      new Date(1_614_265_330_000),
      '{"test": 2432232314}',
      ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    );
    expect(signed).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  test('says what happened, and that it came from us', async () => {
    expect(await send()).toEqual({ status: 204, retry_after: null });
    const { id, type, timestamp, data } = active;
    const heard = there.heard.at(-1);
    expect(heard).toMatchObject({ id, event: { type, timestamp, data } });
    expect(heard?.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'daypass',
    });
  });

  test('verifies with either secret while one is replaced, and with no third', async () => {
    const other = `whsec_${Buffer.alloc(24, 'another').toString('base64')}`;
    expect(await send({ secrets: [other, EVENTS_SECRET] })).toMatchObject({ status: 204 });
    expect(await send({ secrets: [other] })).toMatchObject({ status: 401 });
    expect(there.refused.at(-1)).toContain('No matching signature');
  });

  test('verifies for five minutes: the time of the call is signed, not that of the event', async () => {
    expect(await send({}, new Date(Date.now() - 600_000))).toMatchObject({ status: 401 });
    expect(there.refused.at(-1)).toContain('too old');
  });
});

describe('whatever the receiver does, there is an answer in time', () => {
  test.each<[string, Reply, object]>([
    ['a failure', 500, { status: 500, retry_after: null }],
    [
      'to wait',
      { status: 429, headers: { 'retry-after': '30' } },
      { status: 429, retry_after: '30' },
    ],
    ['gone', 410, { status: 410 }],
    ['nothing', 'hang', { fault: `no answer within ${String(DEADLINE)} ms` }],
    ['a cut connection', 'cut', { fault: 'the call failed (UND_ERR_SOCKET)' }],
    ['a body without an end', 'endless', { status: 200 }],
  ])('%s', async (_, reply, answer) => {
    there.reply(reply);
    const began = performance.now();
    expect(await send()).toMatchObject(answer);
    expect(performance.now() - began).toBeLessThan(DEADLINE + 2000);
  });

  test('a redirect is not followed', async () => {
    const elsewhere = await startReceiver();
    there.reply({ status: 307, headers: { location: elsewhere.url } });
    expect(await send()).toMatchObject({ status: 307 });
    expect(elsewhere.heard).toEqual([]);
    await elsewhere.close();
  });

  test('invariant 24: a receiver that is down is a fault that shows neither secret nor URL', async () => {
    const gone = await startReceiver();
    await gone.close();
    const answer = await send({ url: `${gone.url}?token=hunter2` });
    expect(answer).toEqual({ fault: 'the call failed (ECONNREFUSED)' });
  });

  test('garbage collection during a call does not extend its deadline', async () => {
    there.reply('hang');
    const sending = send();
    for (const wait_ms of [50, 50, 50]) {
      await sleep(wait_ms);
      collectGarbage();
    }
    expect(await sending).toEqual({ fault: `no answer within ${String(DEADLINE)} ms` });
  });

  test('a worker that closes does not wait for an answer', async () => {
    there.reply('hang');
    const closing = new AbortController();
    const sending = send({ closing: closing.signal });
    closing.abort();
    expect(await sending).toEqual({ fault: 'the call failed (AbortError)' });
  });
});
