import { expect, test } from '@jest/globals';
import { PACE } from '../src/compose.js';

test('invariant 17: a worker looks at its rows every 15 s and at GitHub every minute, at least', () => {
  expect(PACE.look_ms).toBeLessThanOrEqual(15_000);
  expect(PACE.sweep_ms).toBeLessThanOrEqual(60_000);
});
