// Checks the Rego of policies/: its format, its names against the schemas, its tests and their
// coverage. Arguments: any of `format`, `check`, `test`; without arguments all of them.
import { ensureOpa, howToGetOpa } from './opa.mjs';
import { fail, isMain, run } from './run.mjs';

/** The share of lines that the Rego tests must cover, in percent. */
const wantedCoverage = 90;
/** The Rego only: OPA reads YAML 1.1 and Daypass 1.2, so OPA must not read the data files. */
const policies = 'policies/access';
const adapter = 'src/adapters/opa';

/** Each check answers whether it passed, and what to print. */
const checks = {
  format: (opa) => quietly(opa, ['fmt', '--diff', '--fail', policies]),

  /** The only check that finds a misspelt field of the input or the data. */
  check: (opa) => {
    const schemas = ['--schema', `${adapter}/schemas`];
    const capabilities = ['--capabilities', `${adapter}/capabilities.json`];
    return quietly(opa, ['check', '--strict', ...schemas, ...capabilities, policies]);
  },

  test: async (opa) => {
    const args = ['test', '--format', 'json', policies];
    const ran = await quietly(opa, args);
    const results = ran.said.startsWith('[') ? JSON.parse(ran.said) : [];
    if (results.length === 0) return { passed: false, said: `No Rego test ran.\n${ran.said}` };
    const failed = results.filter((each) => each.fail || each.error);
    const names = failed.map(({ location, name }) => `  ${location.file}:${location.row} ${name}`);
    if (!ran.passed) return { passed: false, said: names.join('\n') };
    const covered = await quietly(opa, [...args, '--coverage']);
    if (!covered.passed) return covered;
    const { coverage, files } = JSON.parse(covered.said);
    const low = Object.entries(files).filter(([, file]) => file.coverage < wantedCoverage);
    const lines = low.map(([path, file]) => `  ${path}: ${file.coverage}%`);
    const said = `${results.length} tests, ${coverage.toFixed(1)}% of the lines covered`;
    return { passed: coverage >= wantedCoverage, said: [said, ...lines].join('\n') };
  },
};

/** Runs the named checks; answers whether all of them passed. */
export async function checkRego(opa, names = Object.keys(checks)) {
  let all = true;
  for (const name of names) {
    const { passed, said } = await checks[name](opa);
    console.log(`rego ${name}: ${passed ? 'passed' : 'FAILED'}${said && `: ${said}`}`);
    all &&= passed;
  }
  return all;
}

async function quietly(opa, args) {
  const { code, stdout, stderr } = await run(opa, args, { capture: true });
  return { passed: code === 0, said: (stdout + stderr).trim() };
}

if (isMain(import.meta.url)) {
  const names = process.argv.slice(2);
  const unknown = names.filter((name) => !(name in checks));
  if (unknown.length > 0)
    fail(
      `There is no check named ${unknown.join(', ')}: use ${Object.keys(checks).join(', ')}.`,
      2,
    );
  const opa = await ensureOpa();
  if (!opa) fail(`The Rego checks need OPA. ${howToGetOpa}`, 3);
  process.exit((await checkRego(opa, names.length > 0 ? names : undefined)) ? 0 : 1);
}
