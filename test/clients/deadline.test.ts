import { expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { PastDeadline, within } from '../../src/clients/deadline.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Work that never ends, and what it was told. */
function endless() {
  const told: unknown[] = [];
  const work = (signal: AbortSignal) => {
    signal.addEventListener('abort', () => told.push(signal.reason));
    return new Promise<never>(() => undefined);
  };
  return { work, told };
}

test('work that ends in time answers, or fails as it fails', async () => {
  expect(await within(1_000, async () => 7)).toBe(7);
  const failing = within(1_000, () => Promise.reject(new Error('its own')));
  await expect(failing).rejects.toThrow('its own');
});

test('work that ignores its signal is not waited for after the deadline', async () => {
  const { work, told } = endless();
  await expect(within(20, work)).rejects.toThrow(new PastDeadline(20));
  expect(told).toEqual([new PastDeadline(20)]);
});

test('work that fails after its deadline harms nobody', async () => {
  const late = within(10, async () => {
    await sleep(30);
    throw new Error('too late');
  });
  await expect(late).rejects.toThrow(PastDeadline);
  await sleep(50);
});

test('whoever closes ends the work at once, with their reason', async () => {
  const closing = new AbortController();
  const { work, told } = endless();
  const running = within(60_000, work, closing.signal);
  closing.abort(new Error('closing'));
  await expect(running).rejects.toThrow('closing');
  expect(told).toEqual([new Error('closing')]);
});

test('nothing is begun for somebody who has closed already', async () => {
  let begun = false;
  const work = async () => void (begun = true);
  await expect(within(1_000, work, AbortSignal.abort(new Error('closed')))).rejects.toThrow(
    'closed',
  );
  expect(begun).toBe(false);
});

test('the deadline holds though garbage is collected meanwhile', async () => {
  const running = within(100, endless().work, new AbortController().signal);
  const seen = running.catch((error: unknown) => error);
  for (const wait_ms of [20, 20, 20]) {
    await sleep(wait_ms);
    collectGarbage();
  }
  expect(await seen).toBeInstanceOf(PastDeadline);
});
