import { expect, test } from '@jest/globals';
import { readAll } from '../../../src/clients/github/lists.js';
import { OverLimits } from '../../../src/ports.js';

const page = (endCursor: string | null, hasNextPage = true) => ({
  pageInfo: { hasNextPage, endCursor },
  nodes: [1],
});

test('invariant 3: a list is read whole or not at all: one that is too long is over the limits, like a step can be', async () => {
  const pages = (most: number) => {
    let read = 1;
    const next = async () => page(String((read += 1)), read < most);
    return readAll(page('1'), next);
  };
  expect(await pages(100)).toHaveLength(100);
  await expect(pages(101)).rejects.toThrow(OverLimits);
  const nowhere = readAll(page(null), async () => page(null));
  await expect(nowhere).rejects.toThrow('does not say where the next one begins');
});
