import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stage, type Stage } from '../support/set-up.js';

const install = [process.execPath, 'setup/install.mjs'] as const;
const PATH = `${dirname(process.execPath)}:${process.env.PATH ?? ''}`;

let here: Stage;

beforeEach(async () => {
  here = await stage(['.npmrc']);
  await here.write('one/package.json', '{"name":"one","version":"1.0.0"}');
  await here.write('package.json', manifest({ one: 'file:./one' }));
  await here.write('package-lock.json', lock({ one: 'file:./one' }));
});

afterEach(() => here.remove());

function manifest(dependencies: Record<string, string>): string {
  return JSON.stringify({ name: 'stage', version: '1.0.0', dependencies });
}

function lock(dependencies: Record<string, string>): string {
  const packages: Record<string, object> = {
    '': { name: 'stage', version: '1.0.0', dependencies },
  };
  for (const name of Object.keys(dependencies)) {
    packages[name] = { version: '1.0.0' };
    packages[`node_modules/${name}`] = { resolved: name, link: true };
  }
  return JSON.stringify({ name: 'stage', version: '1.0.0', lockfileVersion: 3, packages });
}

describe('setup/install.mjs', () => {
  test.each([
    ['in a home directory that is closed', 'home'],
    ['where there is no home directory', 'nowhere'],
  ])('installs the lock %s, and does nothing the second time', async (_, name) => {
    await mkdir(join(here.folder, 'home'), { mode: 0o000 });
    const HOME = join(here.folder, name);
    // `npm run` passes this to its scripts.
    const env = { PATH, HOME, npm_config_cache: join(HOME, '.npm') };
    const first = await here.run(install, env);
    expect(first).toMatchObject({ code: 0, stdout: '' });
    expect(first.stderr).toContain('Installed in');
    expect(existsSync(join(here.folder, 'node_modules/one/package.json'))).toBe(true);
    expect(await here.run(install, env)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(existsSync(join(here.folder, 'nowhere'))).toBe(false);
  });

  test('installs again if the lock has changed', async () => {
    await here.run(install, { PATH, HOME: here.folder });
    await here.write('two/package.json', '{"name":"two","version":"1.0.0"}');
    await here.write('package.json', manifest({ one: 'file:./one', two: 'file:./two' }));
    await here.write('package-lock.json', lock({ one: 'file:./one', two: 'file:./two' }));
    expect((await here.run(install, { PATH, HOME: here.folder })).code).toBe(0);
    expect(existsSync(join(here.folder, 'node_modules/two/package.json'))).toBe(true);
  });

  test('continues with npm install if npm ci refuses the lock', async () => {
    await here.write('two/package.json', '{"name":"two","version":"1.0.0"}');
    await here.write('package.json', manifest({ one: 'file:./one', two: 'file:./two' }));
    const { code, stderr } = await here.run(install, { PATH, HOME: here.folder });
    expect(stderr).toContain('npm ci does not accept the lock here; trying npm install');
    expect(code).toBe(0);
    expect(existsSync(join(here.folder, 'node_modules/two/package.json'))).toBe(true);
  });

  test('says what to do if there is no git', async () => {
    await mkdir(join(here.folder, 'bin'));
    await symlink(process.execPath, join(here.folder, 'bin', 'node'));
    const { code, stderr } = await here.run(install, { PATH: join(here.folder, 'bin') });
    expect(code).toBe(1);
    expect(stderr).toContain('Daypass needs git');
    expect(stderr).not.toContain('    at ');
  });

  test('says what to do if Node is too old', async () => {
    const old = `Object.defineProperty(process.versions, 'node', { value: '20.17.9' });`;
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(old)}`;
    const { code, stderr } = await here.run(install, { PATH, NODE_OPTIONS });
    expect(code).toBe(1);
    expect(stderr).toContain('Daypass needs Node 20.18 or newer; this is 20.17.9.');
  });
});
