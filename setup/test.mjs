// Installs what the tests need and runs all of them: `npm test`. With --unit only the quick ones,
// which need no services and no OPA: `npm run test:unit`. Other arguments go to jest.
import { delimiter, dirname } from 'node:path';
import { ensureInstalled } from './install.mjs';
import { ensureOpa, howToGetOpa } from './opa.mjs';
import { checkRego } from './rego.mjs';
import { root, run } from './run.mjs';

const args = process.argv.slice(2);
const isUnit = args.includes('--unit');
const isCi = process.env.CI === 'true';
const results = [];
const why = [];

await ensureInstalled();
const opa = isUnit ? undefined : await ensureOpa(hear);

const projects = isUnit ? ['unit'] : ['unit', 'services', ...(opa ? ['opa'] : [])];
await step(`jest (${projects.join(', ')})`, () => jest(projects));
if (opa) await step('rego (format, schemas, tests)', () => checkRego(opa));

console.log('');
for (const { name, passed, seconds } of results) {
  console.log(`${passed ? 'passed' : 'FAILED'}  ${name}  (${seconds} s)`);
}
if (!isUnit && !opa) {
  console.log(
    `NOT RUN: everything that needs OPA (the Rego tests), because ${why.join(' ')} ${howToGetOpa}`,
  );
}
process.exit(results.every(({ passed }) => passed) && !(isCi && !isUnit && !opa) ? 0 : 1);

async function step(name, act) {
  console.log(`\n── ${name}`);
  const started = performance.now();
  const passed = await act();
  results.push({ name, passed, seconds: Math.round((performance.now() - started) / 1000) });
}

async function jest(projects) {
  const rest = args.filter((each) => each !== '--unit');
  const flags = ['node_modules/jest/bin/jest.js', '--selectProjects', ...projects, '--ci', ...rest];
  const env = {
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --no-warnings`,
  };
  if (opa) env.PATH = dirname(opa) + delimiter + process.env.PATH;
  return (await run(process.execPath, flags, { env })).code === 0;
}

function hear(line) {
  why.push(line);
  console.error(line);
}
