import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { CloneOptions, Clones } from '../../../../src/adapters/github/git/clone.js';
import { openClone } from '../../../../src/adapters/github/git/clone.js';
import { runGit } from '../../../../src/adapters/github/git/run.js';
import type { World } from '../world.js';
import { GRANT, REPO, startWorld } from '../world.js';

jest.setTimeout(120_000);

const TIP = ['+refs/heads/main:refs/daypass/tip'];
/** No process has this id: it is above the highest that Linux gives. */
const GONE = `99999999@${hostname()}-`;

let world: World;
/** A commit that main had once: only who has fetched it before has it without a fetch. */
let old: string;
let tip: string;
beforeAll(async () => {
  world = await startWorld();
  const push = (content: string) =>
    world.as('root').push(REPO, {
      branch: 'main',
      files: { 'access-grants/production/a.yml': `${GRANT}# ${content}\n` },
    });
  old = await push('old');
  tip = await push('new');
});
afterAll(() => world.close());

/** A clone that a worker has left, its process gone; what is opened there next, and the folder that was left. */
async function left(
  name: string,
  use: (clones: Clones) => Promise<unknown> = async () => undefined,
  options?: CloneOptions,
) {
  const { clones, parent, remote } = world.openClone(name, options);
  await clones.tip.fetch(TIP);
  await use(clones);
  const [mine = ''] = await readdir(parent);
  const kept = join(parent, `${GONE}left`);
  await rename(join(parent, mine), kept);
  const again = () => openClone(parent, async () => remote, { account: world.account });
  return { kept, parent, again, remote };
}

/** The clone works, and which of the two has brought the old commit: what was left, or a fetch. */
async function broughtBy({ again, remote }: Awaited<ReturnType<typeof left>>) {
  const clones = again();
  const { url } = remote;
  remote.url = 'http://127.0.0.1:9/nowhere.git';
  // Only a clone that takes nothing has to fetch here.
  const taken = await clones.tip.commit(old).catch(() => null);
  remote.url = url;
  await clones.tip.fetch(TIP);
  expect(await clones.tip.readRef('refs/daypass/tip')).toBe(tip);
  const path = 'access-grants/production/a.yml';
  const [oid = ''] = [...(await clones.tip.listFiles(tip, [path])).values()].map((one) => one.oid);
  const blob = { oid, folder: `${tip}:access-grants/production` };
  const text = (await clones.tip.readBlobs([blob], 10_000)).get(oid);
  expect(Buffer.from(text ?? []).toString()).toBe(`${GRANT}# new\n`);
  return taken === null ? 'a fetch' : 'what was left';
}

test('a mirror survives a restart: what an earlier process fetched is not fetched again, and its folder is removed', async () => {
  const after = await left('restart');
  expect(await broughtBy(after)).toBe('what was left');
  const names = await readdir(after.parent);
  expect(names).toHaveLength(1);
  expect(names[0]).toMatch(new RegExp(`^${process.pid}@`));
});

test('so does one whose refs are packed', async () => {
  const after = await left('packed-refs', async ({ heads }) => heads.needCommits(old));
  const bounds = { deadline_ms: 30_000, max_bytes: 1000 };
  const { account } = world;
  await runGit(['--git-dir', after.kept, 'pack-refs', '--all'], bounds, { account });
  expect(await broughtBy(after)).toBe('what was left');
});

test('so does one that a worker made before its git had an account of its own', async () => {
  const after = await left('of-root', undefined, { account: undefined });
  expect((await lstat(after.kept)).uid).toBe(process.getuid?.());
  expect(await broughtBy(after)).toBe('what was left');
  expect(await readdir(after.parent)).toHaveLength(1);
});

test('only the tip is taken over from what was left: no configuration, hook, index or other ref', async () => {
  const after = await left('hostile');
  const { kept, parent } = after;
  const proof = join(world.folder, 'ran');
  await writeFile(join(kept, 'config'), `[core]\n\tfsmonitor = touch ${proof}\n\tbare = true\n`);
  await mkdir(join(kept, 'hooks'), { recursive: true });
  await writeFile(join(kept, 'hooks', 'reference-transaction'), `#!/bin/sh\ntouch ${proof}\n`, {
    mode: 0o755,
  });
  await mkdir(join(kept, 'objects', 'info'), { recursive: true });
  await writeFile(join(kept, 'objects', 'info', 'alternates'), '/somewhere\n');
  await mkdir(join(kept, 'refs', 'heads'), { recursive: true });
  await writeFile(join(kept, 'refs', 'heads', 'main'), `${old}\n`);
  const packs = join(kept, 'objects', 'pack');
  for (const name of await readdir(packs)) {
    if (!name.endsWith('.idx')) continue;
    await chmod(join(packs, name), 0o600);
    await writeFile(join(packs, name), 'an index that says something else');
  }
  expect(await broughtBy(after)).toBe('what was left');
  const [mine = ''] = await readdir(parent);
  expect(await readFile(join(parent, mine, 'config'), 'utf8')).not.toContain('fsmonitor');
  await expect(lstat(join(parent, mine, 'hooks', 'reference-transaction'))).rejects.toThrow();
  await expect(lstat(join(parent, mine, 'objects', 'info', 'alternates'))).rejects.toThrow();
  await expect(lstat(join(parent, mine, 'refs', 'heads', 'main'))).rejects.toThrow();
  await expect(lstat(proof)).rejects.toThrow();
});

/** Changes one byte of each pack, as a bad disk or somebody does. */
async function corrupt(kept: string): Promise<void> {
  const packs = join(kept, 'objects', 'pack');
  for (const name of await readdir(packs)) {
    if (!name.endsWith('.pack')) continue;
    const path = join(packs, name);
    const bytes = await readFile(path);
    bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
    await chmod(path, 0o600);
    await writeFile(path, bytes);
  }
}

test.each<[string, (kept: string) => Promise<unknown>]>([
  ['has a wrong byte', corrupt],
  ['lacks its packs', (kept) => rename(join(kept, 'objects', 'pack'), join(kept, 'no-packs'))],
  [
    'names a tip that it does not have',
    (kept) => writeFile(join(kept, 'refs', 'daypass', 'tip'), `${'3'.repeat(40)}\n`),
  ],
  [
    'has links for packs',
    async (kept) => {
      const packs = join(kept, 'objects', 'pack');
      for (const name of await readdir(packs)) {
        await rename(join(packs, name), join(kept, name));
        await symlink(join(kept, name), join(packs, name));
      }
    },
  ],
  [
    'has a pipe for its tip',
    async (kept) => {
      await rm(join(kept, 'refs', 'daypass', 'tip'));
      execFileSync('mkfifo', [join(kept, 'refs', 'daypass', 'tip')]);
    },
  ],
  ['may be written to by others', (kept) => chmod(kept, 0o770)],
  [
    'is a link',
    async (kept) => {
      await rename(kept, `${kept}0`);
      await symlink(`${kept}0`, kept);
    },
  ],
])('one that %s is left alone, and everything is fetched anew', async (why, change) => {
  const after = await left(`refused-${why.replaceAll(/\W+/g, '-')}`);
  await change(after.kept);
  expect(await broughtBy(after)).toBe('a fetch');
});
