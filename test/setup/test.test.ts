import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { stage, type Stage } from '../support/set-up.js';

const all = [process.execPath, 'setup/test.mjs'] as const;

let here: Stage;
let env: Record<string, string>;

beforeEach(async () => {
  here = await stage();
  await here.write('setup/install.mjs', 'export const ensureInstalled = async () => {};\n');
  await here.write(
    'setup/build.mjs',
    'export const ensureBuilt = async () => console.log("built");\n',
  );
  await here.write('node_modules/jest/bin/jest.js', jest(0));
  for (const proxy of ['nginx', 'caddy']) await here.write(`bin/${proxy}`, '#!/bin/sh\n');
  const offline = `globalThis.fetch = async () => { throw new Error('no network'); };`;
  env = {
    PATH: join(here.folder, 'bin'),
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(offline)}`,
  };
});

afterEach(() => here.remove());

const jest = (code: number) =>
  `console.log('jest', process.argv.slice(2).join(' ')); process.exit(${code});\n`;

/** An OPA whose `test` answers with these tests and this coverage, in percent. */
const opa = (tests: object[], coverage: number) => `#!/bin/sh
case "$*" in
  version) echo "Version: 1.22.2" ;;
  *--coverage*) echo '${JSON.stringify({ coverage, files: {} })}' ;;
  test*) echo '${JSON.stringify(tests)}' ;;
esac
`;

describe('npm test', () => {
  test('runs every project and the Rego checks', async () => {
    await here.write('bin/opa', opa([{ name: 'test_one' }], 95));
    const { code, stdout } = await here.run(all, env);
    expect(stdout).toMatch(/^built\n[^]*jest --selectProjects unit services opa proxies --/);
    expect(stdout).toContain('rego test: passed: 1 tests, 95.0% of the lines covered');
    expect(code).toBe(0);
  });

  test('if jest fails the run fails, and Rego is still checked', async () => {
    await here.write('node_modules/jest/bin/jest.js', jest(1));
    await here.write('bin/opa', opa([{ name: 'test_one' }], 95));
    const { code, stdout } = await here.run(all, env);
    expect(stdout).toMatch(/FAILED {2}jest.*\npassed {2}rego/);
    expect(code).toBe(1);
  });

  test.each([
    ['no Rego test ran', [], 95],
    ['the coverage is below 90', [{ name: 'test_one' }], 89.9],
  ])('fails when %s', async (_, tests, coverage) => {
    await here.write('bin/opa', opa(tests, coverage));
    expect((await here.run(all, env)).code).toBe(1);
  });

  test('without OPA, the last line says clearly what was not run', async () => {
    const { code, stdout } = await here.run(all, env);
    expect(stdout).toContain('jest --selectProjects unit services proxies --');
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(
      /^NOT RUN: all that needs OPA.*no network.*Put `opa`/,
    );
    expect(code).toBe(0);
  });

  test('without nginx or Caddy, the last lines say so, and CI=true fails', async () => {
    await here.write('bin/opa', opa([{ name: 'test_one' }], 95));
    await here.write('bin/redis-server', '#!/bin/sh\n');
    await here.write('bin/caddy', '#!/bin/sh\nexit 1\n');
    const { code, stdout } = await here.run(all, env);
    expect(stdout).toContain('jest --selectProjects unit services opa redis --');
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(
      /^NOT RUN: a service behind nginx and Caddy: .*Put `nginx` and `caddy` on the PATH/,
    );
    expect(code).toBe(0);
    expect((await here.run(all, { ...env, CI: 'true' })).code).toBe(1);
  });

  test('the tests on Redis run if there is a server for them', async () => {
    const without = await here.run(all, env);
    expect(without.stdout).toContain('NOT RUN: the queue on Redis');
    await here.write('bin/redis-server', '#!/bin/sh\n');
    const { stdout } = await here.run(all, env);
    expect(stdout).toContain('jest --selectProjects unit services proxies redis --');
    expect(stdout).not.toContain('NOT RUN: the queue on Redis');
  });

  test('without Redis, CI=true fails', async () => {
    await here.write('bin/opa', opa([{ name: 'test_one' }], 95));
    expect((await here.run(all, { ...env, CI: 'true' })).code).toBe(1);
    await here.write('bin/redis-server', '#!/bin/sh\n');
    expect((await here.run(all, { ...env, CI: 'true' })).code).toBe(0);
  });

  test('without OPA, CI=true fails', async () => {
    expect((await here.run(all, { ...env, CI: 'true' })).code).toBe(1);
  });
});

test('npm run test:unit runs only the quick tests and asks for no OPA', async () => {
  const { code, stdout, stderr } = await here.run([...all, '--unit'], { ...env, CI: 'true' });
  expect(stdout).toContain('jest --selectProjects unit --');
  expect(stdout + stderr).not.toMatch(/OPA|NOT RUN|built/);
  expect(code).toBe(0);
});
