import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile, spawnSync } from 'node:child_process';
import { chmod, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { serverAccount } from '../../src/adapters/postgres/embedded/account.js';
import type { OsAccount } from '../../src/clients/account.js';
import { stage, type Stage } from '../support/set-up.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const PATH = `${dirname(process.execPath)}:${process.env.PATH ?? ''}`;
const ran = promisify(execFile);

/** Every file of this checkout that git tracks or would add. */
async function files(): Promise<readonly string[]> {
  const listed = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { stdout } = await ran('git', listed, { cwd: root, maxBuffer: 1 << 24 });
  return stdout.split('\0').filter((path) => path !== '');
}

/**
 * The user that root gives it to; any other user keeps it. If this machine has its Node where that user cannot read,
 * root keeps it, too, and no home directory is closed to root: the test says so, and does not count in CI.
 */
async function anotherUser(): Promise<OsAccount | undefined> {
  const account = await serverAccount();
  if (!account) return undefined;
  if (spawnSync(process.execPath, ['--version'], account).status === 0) return account;
  const said = `user ${account.uid} cannot run ${process.execPath}: a fresh checkout is tried as root alone`;
  if (process.env.CI === 'true') throw new Error(said);
  process.stderr.write(`${said}\n`);
  return undefined;
}

describe('a fresh checkout with nothing installed, as a user other than root, in a closed home directory', () => {
  let here: Stage;
  let npm: (...args: string[]) => ReturnType<Stage['run']>;
  beforeAll(async () => {
    here = await stage(await files());
    const HOME = join(here.folder, '.daypass', 'home');
    await mkdir(HOME, { recursive: true });
    const account = await anotherUser();
    if (account)
      await ran('chown', ['-R', `${account.uid}:${account.gid}`, here.folder], { cwd: root });
    await chmod(HOME, 0o000);
    npm = (...args) => here.run(['npm', ...args], { PATH, HOME }, account);
  }, 60_000);
  afterAll(() => here.remove());

  test('npm run demo installs what it needs and plays to its end', async () => {
    const { code, stdout, stderr } = await npm('run', 'demo');
    expect(`${stderr}\n${stdout}`).toContain('Installed in');
    expect(stdout).toMatch(/the ledger is intact: \d+ entries\n[^]*Done in \d+ s\.\n*$/);
    expect(code).toBe(0);
  }, 600_000);
});
