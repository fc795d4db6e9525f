import { expect, test } from '@jest/globals';
import { createGroup, createSharedRead } from '../../src/clients/group.js';

test('those who come while one writes share the next turn, at most so many', async () => {
  const turns: number[][] = [];
  const group = createGroup<number, number>(async (items) => {
    turns.push([...items]);
    await new Promise((resolve) => setImmediate(resolve));
    if (items.includes(5)) throw new Error('a turn that failed');
    return items.map((item) => item * 2);
  }, 3);
  const answers = await Promise.allSettled([1, 2, 3, 4, 5, 6].map(group));
  expect(turns).toEqual([[1], [2, 3, 4], [5, 6]]);
  expect(
    answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : 'failed')),
  ).toEqual([2, 4, 6, 8, 'failed', 'failed']);
  expect(await group(7)).toBe(14);
});

test('a shared read answers nobody with what was read before they asked', async () => {
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
