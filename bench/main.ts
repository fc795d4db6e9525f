import { Command, Option } from 'commander';
import type { Benchmark, Row, Size } from './benchmark.js';
import { check } from './check/index.js';
import { decisions } from './decisions/index.js';
import { endings, manyEndings } from './endings/index.js';
import { ledger } from './ledger.js';
import { judge } from './statistics.js';
import { table } from './table.js';
import { usesCurrent } from './uses/current.js';
import { uses } from './uses/index.js';
import { usesMany } from './uses/many.js';

const BENCHMARKS: readonly Benchmark[] = [
  ...[check, endings, manyEndings, decisions],
  ...[uses, usesMany, usesCurrent, ledger],
];

const HELP = `
Benchmarks:
${BENCHMARKS.map(({ name, about }) => `  ${name.padEnd(15)} ${about}`).join('\n')}

Each number is a median with its quartiles; each ratio compares the two sides of one round. A wrong answer
ends the run with exit code 1. A missed goal does not, because times depend on the machine.
See docs/benchmarks.md.`;

const program = new Command('npm run bench --')
  .description('Measures Daypass against a floor or a peer, alternating in the same run.')
  .argument('[names...]', 'which benchmarks to run (default: all)')
  .addOption(
    new Option('--quick', 'a short run that shows that everything works; its times mean nothing'),
  )
  .addOption(new Option('--json', 'print one JSON document'))
  .addHelpText('after', HELP)
  .parse();
const { quick, json } = program.opts<{ quick?: true; json?: true }>();
const size: Size = quick ? 'quick' : 'full';

const unknown = program.args.filter((name) => !BENCHMARKS.some((one) => one.name === name));
if (unknown.length > 0)
  program.error(`there is no benchmark named ${unknown.join(', ')}: see --help for the list`);

const told: { name: string; rows: readonly (Row & { judged: ReturnType<typeof judge> })[] }[] = [];
for (const benchmark of BENCHMARKS) {
  if (program.args.length > 0 && !program.args.includes(benchmark.name)) continue;
  if (!json) console.log(`\n${benchmark.name}: ${benchmark.about}`);
  const rows = await benchmark.run(size, (line) => console.error(`  ${line}`));
  if (!json) for (const line of table(rows)) console.log(`  ${line}`);
  told.push({ name: benchmark.name, rows: rows.map((row) => ({ ...row, judged: judge(row) })) });
}
if (json) console.log(JSON.stringify({ size, benchmarks: told }, null, 2));
