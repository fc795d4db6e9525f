// Installs what the tests need and runs all of them: `npm test`. With --unit only the quick ones,
// which need no services and no OPA: `npm run test:unit`. Other arguments go to jest.
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { ensureOpa, howToGetOpa } from './opa.mjs';
import { ensureProxies, howToGetProxies } from './proxies.mjs';
import { checkRego } from './rego.mjs';
import { run } from './run.mjs';

const args = process.argv.slice(2);
const isUnit = args.includes('--unit');
const results = [];
const notRun = [];
const projects = ['unit'];

const begun = performance.now();
await ensureInstalled();
// Tests of whole stories run the processes as an operator would: from dist/.
if (!isUnit) await ensureBuilt();
const needsOpa = 'all that needs OPA (Rego, wasm)';
const opa = isUnit ? undefined : await findTool('OPA', ensureOpa, needsOpa, howToGetOpa);
const needsProxies = 'a service behind nginx and Caddy';
const proxies = isUnit
  ? undefined
  : await findTool('Proxies', ensureProxies, needsProxies, howToGetProxies);
const setUpSeconds = Math.round((performance.now() - begun) / 1000);
if (!isUnit) {
  projects.push('services', ...(opa ? ['opa'] : []), ...(proxies ? ['proxies'] : []));
  if (hasRedis()) projects.push('redis');
}

await step(`jest (${projects.join(', ')})`, jest);
if (opa) await step('rego (format, schemas, tests, coverage)', () => checkRego(opa));

console.log(`\nset-up  packages${isUnit ? '' : ', build, OPA, proxies'}  (${setUpSeconds} s)`);
for (const { name, passed, seconds } of results) {
  console.log(`${passed ? 'passed' : 'FAILED'}  ${name}  (${seconds} s)`);
}
for (const line of notRun) console.log(`NOT RUN: ${line}`);
// A person's machine may lack something; what CI leaves out nobody runs.
const incomplete = process.env.CI === 'true' && notRun.length > 0;
process.exit(results.every(({ passed }) => passed) && !incomplete ? 0 : 1);

async function step(name, act) {
  console.log(`\n── ${name}`);
  const started = performance.now();
  const passed = await act();
  results.push({ name, passed, seconds: Math.round((performance.now() - started) / 1000) });
}

async function jest() {
  const rest = args.filter((each) => each !== '--unit');
  const workers = `--maxWorkers=${availableParallelism()}`;
  const flags = ['--selectProjects', ...projects, '--ci', workers, ...rest];
  const options = `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --no-warnings`;
  const env = { NODE_OPTIONS: options.trim() };
  env.PATH = [...(opa ? [dirname(opa)] : []), ...(proxies ?? []), process.env.PATH].join(delimiter);
  const { code } = await run(process.execPath, ['node_modules/jest/bin/jest.js', ...flags], {
    env,
  });
  return code === 0;
}

/** What is not found is not run, and is told in the last lines with why and what to do. */
async function findTool(label, ensure, needs_it, how) {
  const heard = [];
  const found = await ensure((line) => {
    heard.push(line.replace(`${label}: `, ''));
    console.error(line);
  });
  if (!found) notRun.push(`${needs_it}: ${heard.join(' ')} ${how}`);
  return found;
}

/** Redis is one of two carriers of the queue; no package brings its server. */
function hasRedis() {
  const folders = (process.env.PATH ?? '').split(delimiter);
  if (process.env.REDIS_URL || folders.some((each) => existsSync(join(each, 'redis-server')))) {
    return true;
  }
  notRun.unshift('the queue on Redis: there is no redis-server on the PATH and no REDIS_URL.');
  return false;
}
