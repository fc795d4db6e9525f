import { expect, test } from '@jest/globals';
import { startProgram } from '../../lab/processes/process.js';

/** The document of a run, as far as this test reads it. */
interface Told {
  readonly size: string;
  readonly benchmarks: readonly {
    readonly name: string;
    readonly rows: readonly { readonly name: string; readonly judged: { verdict: string } }[];
  }[];
}

test('each benchmark still runs, and what it measures is right', async () => {
  const names = ['check', 'endings', 'decisions', 'uses', 'uses-100000', 'uses-current', 'ledger'];
  const program = startProgram(['setup/bench.mjs', '--quick', '--json', ...names], {});
  expect([await program.exited, program.lines.slice(-20)]).toEqual([0, expect.anything()]);
  const from = program.lines.indexOf('{');
  const told = JSON.parse(program.lines.slice(from).join('\n')) as Told;
  expect(told.size).toBe('quick');
  expect(told.benchmarks.map(({ name }) => name)).toEqual(names);
  for (const { rows } of told.benchmarks) {
    expect(rows.length).toBeGreaterThan(0);
    // Such a short run must not claim anything about time.
    expect(rows.filter(({ judged }) => judged.verdict !== 'inconclusive')).toEqual([]);
  }
  // Some ten seconds on a machine of its own.
}, 120_000);

test('a benchmark that does not exist is an error', async () => {
  const program = startProgram(['setup/bench.mjs', 'nothing'], {});
  expect(await program.exited).toBe(1);
  expect(program.lines.join('\n')).toContain('there is no benchmark named nothing');
});
