import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { accountFor } from '../../src/clients/account.js';
import { runProcess } from '../../src/clients/process.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const ran = promisify(execFile);

/** Root may change users, and everybody else may not: these tests hold for both, each as what it is. */
const isRoot = process.getuid?.() === 0;
const MINE = { account: undefined, obstacle: null };
const git = isRoot ? { account: { uid: 60_801, gid: 60_801 }, obstacle: null } : MINE;
const opa = isRoot ? { account: { uid: 60_802, gid: 60_802 }, obstacle: null } : MINE;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daypass-account-'));
  await chmod(folder, 0o755);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A folder with some mode. */
async function made(name: string, mode: number): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  await chmod(path, mode);
  return path;
}

test('git and OPA have one account each where this process may change users', async () => {
  const home = await made('home', 0o700);
  const mirror = join(home, 'mirror');
  const needs = { folder: mirror, through: [home, mirror], paths: ['git', mirror] };
  expect(await accountFor('git', needs)).toEqual(git);
  // OPA is started inside of its folder, and does not have to get there.
  const policies = join(home, 'policies');
  expect(await accountFor('opa', { folder: policies, paths: ['/bin/sh'] })).toEqual(opa);
  if (isRoot) {
    const closed = { uid: 0, gid: 60_801 };
    for (const path of [home, mirror]) {
      expect(await stat(path)).toMatchObject(closed);
      expect((await stat(path)).mode & 0o777).toBe(0o710);
    }
    expect(await readdir(mirror)).toEqual([]);
    expect(await readdir(policies)).toEqual([]);
    // Git's user passes through the home, so what is beside the mirror there is closed by itself.
    expect((await stat(policies)).mode & 0o777).toBe(0o700);
  } else expect((await stat(home)).mode & 0o777).toBe(0o700);
});

describe('what an account cannot reach is told, and the program runs as this process', () => {
  const obstacle = (path: string) =>
    isRoot
      ? { account: undefined, obstacle: `as user 60801, ${path} cannot be reached` }
      : { account: undefined, obstacle: null };

  test('a program that is not there', async () => {
    const needs = { folder, paths: ['no-such-program'] };
    expect(await accountFor('git', needs)).toEqual(obstacle('no-such-program'));
  });

  test('a file that it may not read', async () => {
    const path = join(folder, 'secret');
    await writeFile(path, 'hunter2', { mode: 0o600 });
    expect(await accountFor('git', { folder, paths: [path] })).toEqual(obstacle(path));
  });

  test('a folder that others may already use is not opened for it', async () => {
    const home = await made('shared', 0o750);
    const mirror = join(home, 'mirror');
    const needs = { folder: mirror, through: [home, mirror], paths: [mirror] };
    expect(await accountFor('git', needs)).toEqual(obstacle(mirror));
    expect((await stat(home)).mode & 0o777).toBe(0o750);
    expect((await stat(home)).gid).toBe(process.getgid?.());
  });
});

/** What git would run as in a worker of this user, or of another one, or started by another command. */
async function inWorkerOf(user: number | null, ...command: string[]) {
  const own = await made(`of-${String(user)}-${String(command.length)}`, 0o700);
  if (user !== null) await chown(own, user, user);
  const node = [process.execPath, '--import', 'tsx', 'test/support/account-main.ts', own];
  const [program = '', ...args] = [...command, ...node, ...(user === null ? [] : [String(user)])];
  const { stdout } = await ran(program, args, { cwd: root });
  return JSON.parse(stdout) as unknown;
}

test('a process that may not change users runs them as itself', async () => {
  const same = { obstacle: null };
  if (isRoot) {
    expect(await inWorkerOf(65_534)).toEqual(same);
    // Root in a container often has no rights, or some that do not suffice: it could not even end git.
    const without = ['setpriv', '--bounding-set', '-kill', '--inh-caps', '-kill', '--'];
    expect(await inWorkerOf(null, ...without)).toEqual(same);
  } else expect(await inWorkerOf(null)).toEqual(same);
}, 60_000);

test('invariant 24: whoever takes such a program over learns nothing of this process, and cannot signal it', async () => {
  const key = join(folder, 'key.pem');
  await writeFile(key, 'hunter2', { mode: 0o600 });
  const { account } = await accountFor('git', { folder, paths: ['git'] });
  const script = `
    id -u; id -g; id -G
    grep -E '^(CapInh|CapPrm|CapEff|CapAmb|Groups)' /proc/self/status
    cat "$1" /proc/${process.pid}/environ >/dev/null 2>&1 && echo read
    cat /proc/${process.pid}/environ >/dev/null 2>&1 && echo environment
    kill -0 ${process.pid} 2>/dev/null && echo signal`;
  const { stdout } = await runProcess('/bin/sh', ['-c', script, 'sh', key], {
    ...account,
    env: { PATH: process.env['PATH'] ?? '' },
    deadline_ms: 20_000,
    max_bytes: 10_000,
  });
  const said = stdout.toString().trim().split(/\s*\n/);
  if (isRoot) {
    const none = '0000000000000000';
    expect(said.sort()).toEqual(
      [
        ...['60801', '60801', '60801', 'Groups:'],
        ...['CapInh', 'CapPrm', 'CapEff', 'CapAmb'].map((name) => `${name}:\t${none}`),
      ].sort(),
    );
  } else expect(said).toEqual(expect.arrayContaining([String(process.getuid?.()), 'signal']));
});
