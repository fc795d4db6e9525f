import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clone } from '../../../../src/adapters/github/git/clone.js';
import type { PlacedBlob } from '../../../../src/adapters/github/git/git.js';
import { readMerge } from '../../../../src/adapters/github/git/comparison.js';
import { runGit } from '../../../../src/adapters/github/git/run.js';
import type { World } from '../world.js';
import { GRANT, REPO, startWorld } from '../world.js';

jest.setTimeout(120_000);

const BOUNDS = { deadline_ms: 30_000, max_bytes: 1_000 };
const path = process.env['PATH'];
let world: World;
let log: string;
beforeAll(async () => {
  world = await startWorld();
  // A git that records its arguments, before the real one on the PATH.
  const bin = join(world.folder, 'bin');
  log = join(world.folder, 'runs');
  await mkdir(bin);
  const real = execFileSync('/bin/sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  await writeFile(join(bin, 'git'), `#!/bin/sh\necho "$*" >> ${log}\nexec ${real} "$@"\n`);
  await chmod(join(bin, 'git'), 0o755);
  await writeFile(log, '');
  // Whoever git runs as.
  await chmod(log, 0o666);
  process.env['PATH'] = `${bin}:${path ?? ''}`;
});
afterAll(async () => {
  process.env['PATH'] = path;
  await world.close();
});

/** The arguments of git below this folder since the last call. */
async function runsIn(folder: string): Promise<string[]> {
  const lines = (await readFile(log, 'utf8')).split('\n');
  await truncate(log);
  return lines.filter((line) => line.includes(folder));
}

test('git is asked once about a head, and again for another head or tip', async () => {
  const standing = {
    'access-grants/development/standing.yml': GRANT,
    'policies/settings.yaml': 'a: 1',
  };
  const tip = await world.as('alice').push(REPO, { branch: 'base', files: standing });
  const asked = { 'access-grants/production/a.yml': GRANT };
  const ask = { branch: 'ask', from: 'base', files: asked };
  const head = await world.as('alice').push(REPO, ask);
  const { clone, parent } = world.openClone('once');
  const first = await readMerge(clone, tip, head);
  expect(first.comparison.grants.map((change) => change.path)).toEqual([
    'access-grants/production/a.yml',
  ]);
  expect(first.commits).toEqual([{ sha: head, web: false }]);
  expect((await runsIn(parent)).length).toBeGreaterThan(3);
  expect(await readMerge(clone, tip, head)).toEqual(first);
  expect(await clone.mergeBase(tip, head)).toBe(tip);
  expect(await runsIn(parent)).toEqual([]);
  expect(await clone.mergeBase(head, tip)).toBe(tip);

  const files = { 'access-grants/production/b.yml': GRANT };
  const next = await world.as('alice').push(REPO, { branch: 'ask', from: 'ask', files });
  const after = await readMerge(clone, tip, next);
  expect(after.commits?.map(({ sha }) => sha)).toEqual([head, next]);
  // Like after its own merge: nothing is left to merge.
  expect((await readMerge(clone, head, head)).comparison.grants).toEqual([]);
});

test('a ref is read each time, and an object that was missing may appear', async () => {
  const { clone, parent } = world.openClone('moves');
  const ref = 'refs/daypass/tip';
  const push = (content: string) =>
    world.as('alice').push(REPO, { branch: 'moves', files: { 'a.md': content } });
  const before = await push('a');
  await clone.fetch([`+refs/heads/moves:${ref}`]);
  expect(await clone.readRef(ref)).toBe(before);
  await runsIn(parent);
  // For a known commit only the ref's own file is read.
  expect(await clone.readRef(ref)).toBe(before);
  expect(await runsIn(parent)).toEqual([]);
  const sha = await push('b');
  expect(await clone.inspect([sha])).toEqual([null]);
  await clone.fetch([`+refs/heads/moves:${ref}`]);
  expect(await clone.readRef(ref)).toBe(sha);
  expect(await clone.inspect([sha])).toEqual([expect.objectContaining({ oid: sha })]);
});

test('packing drops nothing that was fetched; what is lost is fetched again and never read wrong', async () => {
  const file = 'access-grants/development/lost.yml';
  const push = (content: string) =>
    world.as('alice').push(REPO, { branch: `lost-${content}`, files: { [file]: content } });
  const [old, tip] = [await push('first'), await push('second')];
  const blobOf = async (clone: Clone, commit: string) => {
    await clone.needCommits(commit);
    const oid = (await clone.listFiles(commit, [file])).get(file)?.oid ?? '';
    return { oid, folder: `${commit}:access-grants/development` };
  };
  const textOf = async (clone: Clone, blob: PlacedBlob) =>
    Buffer.from((await clone.readBlobs([blob], 1_000)).get(blob.oid) ?? []).toString();

  const { clone, dir } = world.openClone('packed', { repack_after: 1 });
  await clone.needCommits(old);
  // No ref reaches the old commit any more, and the fetch packs.
  const args = ['--git-dir', await dir(), 'update-ref', '-d', `refs/daypass/commit/${old}`];
  await runGit(args, BOUNDS);
  await clone.fetch([`+${tip}:refs/daypass/tip`]);
  const { stdout } = await runGit(['--git-dir', await dir(), 'cat-file', '-t', old], BOUNDS);
  expect(stdout.toString().trim()).toBe('commit');
  expect(await textOf(clone, await blobOf(clone, old))).toBe('first');

  const lost = world.openMirror('lost');
  const tries: Clone[] = [];
  const read = lost.mirror.read('heads', async (clone) => {
    tries.push(clone);
    const blob = await blobOf(clone, tip);
    // It comes, and is not read.
    await clone.readBlobs([blob], 1_000, 1);
    if (tries.length === 1)
      await rm(join(await lost.dir(), 'objects', 'pack'), { recursive: true });
    return textOf(clone, blob);
  });
  expect(await read).toBe('second');
  expect(tries).toHaveLength(2);
  expect(tries[1]).not.toBe(tries[0]);
});
