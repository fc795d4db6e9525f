import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runGit } from '../../../../src/adapters/github/git/run.js';
import type { World } from '../world.js';
import { startWorld } from '../world.js';

jest.setTimeout(120_000);

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const TIP = ['+refs/heads/main:refs/daypass/tip'];

/** A git that somebody took over tries all that it can, and then does its work. */
async function takenOver(): Promise<{ readonly bin: string; said(): Promise<readonly string[]> }> {
  const bin = join(world.folder, 'bin');
  const log = join(world.folder, 'log');
  const key = join(world.folder, 'key.pem');
  await mkdir(bin);
  await writeFile(key, 'hunter2', { mode: 0o600 });
  await writeFile(log, '');
  await chmod(log, 0o666);
  const { stdout } = await runGit(['--exec-path'], { deadline_ms: 10_000, max_bytes: 1000 });
  // The stand-in runs a git too, which nobody limits.
  const script = `#!/bin/sh
test -z "$GIT_ALLOW_PROTOCOL" || {
  echo "user $(id -u)"
  ls ${world.folder} 2>/dev/null | grep -q . && echo list
  cat ${key} >/dev/null 2>&1 && echo key
  cat /proc/${process.pid}/environ >/dev/null 2>&1 && echo environment
  kill -0 ${process.pid} 2>/dev/null && echo signal
} >> ${log}
exec ${stdout.toString().trim()}/git "$@"
`;
  await writeFile(join(bin, 'git'), script);
  await chmod(join(bin, 'git'), 0o755);
  await chmod(bin, 0o755);
  const said = async () => [...new Set((await readFile(log, 'utf8')).trim().split('\n'))].sort();
  return { bin, said };
}

test('invariant 24: a git that was taken over fetches, and reaches nothing of a worker that may change users', async () => {
  const path = process.env['PATH'];
  const { bin, said } = await takenOver();
  const { clone, clones, dir, parent } = world.openClone('taken');
  try {
    process.env['PATH'] = `${bin}:${path ?? ''}`;
    await clone.fetch(TIP);
    const tip = await clone.readRef('refs/daypass/tip');
    expect(await clone.commit(tip ?? '')).toBe(tip);
  } finally {
    process.env['PATH'] = path;
  }
  const own = process.getuid?.();
  if (world.account) {
    expect(own).toBe(0);
    expect(await said()).toEqual(['user 60801']);
    expect(await stat(await dir())).toMatchObject({ uid: 60_801, gid: 60_801 });
    expect(await stat(parent)).toMatchObject({ uid: 0, gid: 60_801 });
  } else {
    expect(own).not.toBe(0);
    const all = ['environment', 'key', 'list', 'signal', `user ${String(own)}`];
    expect(all).toEqual(expect.arrayContaining([...(await said())]));
    expect(await said()).toEqual(expect.arrayContaining(['key', 'signal']));
  }
  await clones.remove();
  expect(await readdir(parent)).toEqual([]);
});
