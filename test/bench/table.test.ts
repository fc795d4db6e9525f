import { expect, test } from '@jest/globals';
import type { Row } from '../../bench/benchmark.js';
import { digits, table } from '../../bench/table.js';

const row = (name: string, change: Partial<Row> = {}): Row => ({
  name,
  unit: 'ms',
  floor_name: 'floor',
  subject: [26, 26, 26],
  floor: [10, 10, 10],
  goal: { at_most: 1.3 },
  ...change,
});

test('a table has a row for each line, with its goal and whether it is met', () => {
  const lines = table([
    row('missed'),
    row('met', { subject: [12, 12, 12] }),
    row('none', { goal: null, unit: 'a second', subject: [123_456, 123_456, 123_456] }),
    row('swings', { floor: [10, 15, 20], goal: { at_least: 0.5 } }),
    row('short', { subject: [1], floor: [1] }),
  ]);
  expect(lines).toEqual([
    '        Daypass                             against                 ratio                   goal',
    'missed  26 [26–26] ms                       10 [10–10] (floor)      2.6 [2.6–2.6]           ≤ 1.3  missed by a factor of 2',
    'met     12 [12–12] ms                       10 [10–10] (floor)      1.2 [1.2–1.2]           ≤ 1.3  met',
    'none    123,456 [123,456–123,456] a second  10 [10–10] (floor)      12,346 [12,346–12,346]         no goal',
    'swings  26 [26–26] ms                       15 [12.5–17.5] (floor)  1.73 [1.52–2.17]        ≥ 0.5  inconclusive: the floor swings by 33.3%, more than 25%',
    'short   1 [1–1] ms                          1 [1–1] (floor)         1 [1–1]                 ≤ 1.3  inconclusive: too few rounds',
  ]);
});

test.each([
  [0.012345, '0.0123'],
  [1, '1'],
  [9.876, '9.88'],
  [99.96, '100'],
  [100.4, '100'],
  [1234.5, '1,235'],
])('%d is shown as %s', (value, text) => {
  expect(digits(value)).toBe(text);
});
