// Checks the Rego of policies/: its format, its names against the schemas, its tests and their
// coverage. Arguments: which of `format`, `check`, `test`; all of them without.
import { ensureOpa, howToGetOpa } from './opa.mjs';
import { fail, isMain, run } from './run.mjs';

/** The share of lines that the Rego tests must reach, in percent. */
const wantedCoverage = 90;
/** Only the Rego: OPA reads YAML 1.1 and Daypass 1.2, so the data files are not OPA's to read. */
const policies = 'policies/access';
const adapter = 'src/adapters/opa';

/** Runs the checks named; answers whether all of them passed. */
export async function checkRego(opa, names = ['format', 'check', 'test']) {
  const checks = { format, check, test };
  let passed = true;
  for (const name of names) {
    const problem = await checks[name](opa);
    console.log(problem ? `rego ${name}: FAILED\n${problem}` : `rego ${name}: passed`);
    if (problem) passed = false;
  }
  return passed;
}

async function format(opa) {
  const { code, stdout, stderr } = await run(opa, ['fmt', '--diff', '--fail', policies], {
    capture: true,
  });
  return code === 0 ? undefined : stdout + stderr;
}

/** A misspelt field of the input or of the data is an error here, and nowhere else. */
async function check(opa) {
  const schemas = ['--schema', `${adapter}/schemas`];
  const capabilities = ['--capabilities', `${adapter}/capabilities.json`];
  const flags = ['check', '--strict', ...schemas, ...capabilities, policies];
  const { code, stdout, stderr } = await run(opa, flags, { capture: true });
  return code === 0 ? undefined : stdout + stderr;
}

async function test(opa) {
  const tests = ['test', '--format', 'json', policies];
  const ran = await run(opa, tests, { capture: true });
  const results = ran.stdout.startsWith('[') ? JSON.parse(ran.stdout) : [];
  if (ran.code !== 0 || results.length === 0) {
    const failed = results.filter(({ fail, error }) => fail || error);
    const names = failed.map((each) => `  ${each.location.file}: ${each.package}.${each.name}`);
    return [...names, ran.stderr, results.length === 0 ? 'No Rego test ran.' : ''].join('\n');
  }
  const covered = await run(opa, [...tests, '--coverage'], { capture: true });
  const { coverage, files } = JSON.parse(covered.stdout);
  console.log(`rego test: ${results.length} tests, ${coverage.toFixed(1)}% of the lines covered`);
  if (coverage >= wantedCoverage) return undefined;
  const low = Object.entries(files).filter(([, file]) => file.coverage < wantedCoverage);
  return low.map(([path, file]) => `  ${path}: ${file.coverage}%`).join('\n');
}

if (isMain(import.meta.url)) {
  const opa = await ensureOpa();
  if (!opa) fail(`The Rego checks need OPA. ${howToGetOpa}`, 3);
  const names = process.argv.slice(2);
  process.exit((await checkRego(opa, names.length > 0 ? names : undefined)) ? 0 : 1);
}
