import { expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { PastDeadline, within } from '../../src/clients/deadline.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Work that never ends, and the reason that it was aborted with. */
function endless() {
  const told: unknown[] = [];
  const work = (signal: AbortSignal) => {
    signal.addEventListener('abort', () => told.push(signal.reason));
    return new Promise<never>(() => undefined);
  };
  return { work, told };
}

test('work that ends in time returns its answer or its error', async () => {
  expect(await within(1_000, async () => 7)).toBe(7);
  const failing = within(1_000, () => Promise.reject(new Error('its own')));
  await expect(failing).rejects.toThrow('its own');
});

test('work that ignores its signal is not waited for after the deadline', async () => {
  const { work, told } = endless();
  await expect(within(20, work)).rejects.toThrow(new PastDeadline(20));
  expect(told).toEqual([new PastDeadline(20)]);
});

test('an error after the deadline has no effect', async () => {
  const late = within(10, async () => {
    await sleep(30);
    throw new Error('too late');
  });
  await expect(late).rejects.toThrow(PastDeadline);
  await sleep(50);
});

test('closing ends the work at once, with the reason that was given', async () => {
  const closing = new AbortController();
  const { work, told } = endless();
  const running = within(60_000, work, closing.signal);
  closing.abort(new Error('closing'));
  await expect(running).rejects.toThrow('closing');
  expect(told).toEqual([new Error('closing')]);
});

test('nothing is started after closing', async () => {
  let begun = false;
  const work = async () => void (begun = true);
  await expect(within(1_000, work, AbortSignal.abort(new Error('closed')))).rejects.toThrow(
    'closed',
  );
  expect(begun).toBe(false);
});

test('the deadline is kept during garbage collection', async () => {
  const running = within(100, endless().work, new AbortController().signal);
  const seen = running.catch((error: unknown) => error);
  for (const wait_ms of [20, 20, 20]) {
    await sleep(wait_ms);
    collectGarbage();
  }
  expect(await seen).toBeInstanceOf(PastDeadline);
});
