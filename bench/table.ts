import type { Row } from './benchmark.js';
import {
  judge,
  SWING,
  FEWEST_ROUNDS,
  type Goal,
  type Judged,
  type Quartiles,
} from './statistics.js';

/** A benchmark's rows as lines for people. */
export function table(rows: readonly Row[]): readonly string[] {
  const lines = rows.map(cells);
  const all = [['', 'Daypass', 'against', 'ratio', 'goal', ''], ...lines];
  const widths = [0, 1, 2, 3, 4].map((i) => Math.max(...all.map((line) => line[i]?.length ?? 0)));
  return all.map((line) =>
    line
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function cells(row: Row): readonly string[] {
  const judged = judge(row);
  return [
    row.name,
    `${spread(judged.subject)} ${row.unit}`,
    `${spread(judged.floor)} (${row.floor_name})`,
    spread(judged.ratio),
    row.goal ? goalText(row.goal) : '',
    verdictText(judged, row.subject.length),
  ];
}

/** The median, and the quartiles around it. */
function spread({ q1, median, q3 }: Quartiles): string {
  return `${digits(median)} [${digits(q1)}–${digits(q3)}]`;
}

/** Rounded to three significant digits, or to a whole number from 100 on. */
export function digits(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}

function goalText(goal: Goal): string {
  return 'at_most' in goal ? `≤ ${goal.at_most}` : `≥ ${goal.at_least}`;
}

function verdictText({ verdict, swing, off_by }: Judged, rounds: number): string {
  switch (verdict) {
    case 'met':
    case 'no goal':
      return verdict;
    case 'missed':
      return `missed by a factor of ${digits(off_by ?? NaN)}`;
    case 'inconclusive':
      if (rounds < FEWEST_ROUNDS) return 'inconclusive: too few rounds';
      return `inconclusive: the floor swings by ${digits(100 * swing)}%, more than ${digits(100 * SWING)}%`;
  }
}
