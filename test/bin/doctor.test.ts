import { expect, test } from '@jest/globals';
import { ask } from './asking.js';

test('with an empty environment, each mistake is reported, and once what to do about all of them', async () => {
  const { exit, out } = await ask(['doctor']);
  expect(exit).toBe(1);
  const arrows = out.filter((line) => line.includes('→'));
  expect(arrows).toEqual([out.at(-1)]);
  expect(arrows[0]).toContain('see the table of settings in README.md');
  expect(out.length).toBeGreaterThan(3);
  expect(out.slice(0, -1).every((line) => line.startsWith('bad     environment'))).toBe(true);
});
