import { expect, test } from '@jest/globals';
import { createGroup, createSharedRead, TooManyWaiting } from '../../src/clients/group.js';

test('callers who come while one call runs share the next call, up to a limit', async () => {
  const turns: number[][] = [];
  const group = createGroup<number, number>(
    async (items) => {
      turns.push([...items]);
      await new Promise((resolve) => setImmediate(resolve));
      if (items.includes(5)) throw new Error('a turn that failed');
      return items.map((item) => item * 2);
    },
    { most: 3 },
  );
  const answers = await Promise.allSettled([1, 2, 3, 4, 5, 6].map(group));
  expect(turns).toEqual([[1], [2, 3, 4], [5, 6]]);
  expect(
    answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : 'failed')),
  ).toEqual([2, 4, 6, 8, 'failed', 'failed']);
  expect(await group(7)).toBe(14);
});

test('a shared read gives nobody an answer from before they asked', async () => {
  let moment = 0;
  const gates: (() => void)[] = [];
  const read = createSharedRead(async () => {
    const seen = moment;
    await new Promise<void>((resolve) => gates.push(resolve));
    return seen;
  });
  const first = read();
  moment = 1;
  const late = [read(), read()];
  gates.shift()?.();
  expect(await first).toBe(0);
  await new Promise((resolve) => setImmediate(resolve));
  gates.shift()?.();
  expect(await Promise.all(late)).toEqual([1, 1]);
  expect(gates).toEqual([]);
});

test('while a call hangs only a limited number wait: the next are turned away, and the others are answered', async () => {
  const gates: (() => void)[] = [];
  const group = createGroup<number, number>(
    async (items) => {
      await new Promise<void>((resolve) => gates.push(resolve));
      return items;
    },
    { waiting: 2 },
  );
  const answers = Promise.allSettled([1, 2, 3, 4].map(group));
  gates.shift()?.();
  await new Promise((resolve) => setImmediate(resolve));
  gates.shift()?.();
  const refused = { status: 'rejected', reason: new TooManyWaiting(2) };
  expect(await answers).toEqual([
    { status: 'fulfilled', value: 1 },
    { status: 'fulfilled', value: 2 },
    { status: 'fulfilled', value: 3 },
    refused,
  ]);
  const later = group(5);
  gates.shift()?.();
  expect(await later).toBe(5);
});

test('a shared read that hangs turns away callers beyond the limit', async () => {
  const read = createSharedRead(() => new Promise<never>(() => undefined), { waiting: 1 });
  void read();
  void read();
  await expect(read()).rejects.toThrow('1 callers already wait for this call');
});
