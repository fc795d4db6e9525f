import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Mirror } from '../../../../src/adapters/github/git/mirror.js';
import {
  inspect,
  isAncestor,
  listFiles,
  needCommits,
  readBlobs,
  readRef,
} from '../../../../src/adapters/github/git/read.js';
import { runGit } from '../../../../src/adapters/github/git/run.js';
import { readMerge } from '../../../../src/adapters/github/git/comparison.js';
import type { World } from '../world.js';
import { GRANT, REPO, startWorld } from '../world.js';

jest.setTimeout(120_000);

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

/** A mirror, and how often git was started on it. */
function openCounted(...of: Parameters<World['openMirror']>) {
  const { mirror: opened, dir } = world.openMirror(...of);
  const runs: string[] = [];
  const mirror: Mirror = {
    ...opened,
    get memory() {
      return opened.memory;
    },
    local: (args, input) => {
      runs.push(args.join(' '));
      return opened.local(args, input);
    },
  };
  return { mirror, runs, dir };
}

test('what a head gives is asked of git once, and anew for another head or tip', async () => {
  const standing = {
    'access-grants/development/standing.yml': GRANT,
    'policies/settings.yaml': 'a: 1',
  };
  const tip = await world.as('alice').push(REPO, { branch: 'base', files: standing });
  const asked = { 'access-grants/production/a.yml': GRANT };
  const ask = { branch: 'ask', from: 'base', files: asked };
  const head = await world.as('alice').push(REPO, ask);
  const { mirror, runs } = openCounted('once');
  await needCommits(mirror, tip, head);
  const first = await readMerge(mirror, tip, head);
  expect(first.comparison.grants.map(({ path }) => path)).toEqual([
    'access-grants/production/a.yml',
  ]);
  expect(first.commits).toEqual([{ sha: head, web: false }]);
  runs.length = 0;
  expect(await readMerge(mirror, tip, head)).toEqual(first);
  expect(await isAncestor(mirror, tip, head)).toBe(true);
  expect(runs).toEqual([]);
  expect(await isAncestor(mirror, head, tip)).toBe(false);

  const files = { 'access-grants/production/b.yml': GRANT };
  const next = await world.as('alice').push(REPO, { branch: 'ask', from: 'ask', files });
  const after = await readMerge(mirror, tip, next);
  expect(after.commits?.map(({ sha }) => sha)).toEqual([head, next]);
  // As after its own merge: nothing is left to bring.
  expect((await readMerge(mirror, head, head)).comparison.grants).toEqual([]);
});

test('a ref is asked for each time, and what was missing may come', async () => {
  const { mirror, runs } = openCounted('moves');
  const ref = 'refs/daypass/tip';
  const push = (content: string) =>
    world.as('alice').push(REPO, { branch: 'moves', files: { 'a.md': content } });
  const before = await push('a');
  await mirror.fetch([`+refs/heads/moves:${ref}`]);
  expect(await readRef(mirror, ref)).toBe(before);
  // Of a commit that is known only the ref's own file is read.
  runs.length = 0;
  expect(await readRef(mirror, ref)).toBe(before);
  expect(runs).toEqual([]);
  const sha = await push('b');
  expect(await inspect(mirror, [sha])).toEqual([null]);
  await mirror.fetch([`+refs/heads/moves:${ref}`]);
  expect(await readRef(mirror, ref)).toBe(sha);
  expect(await inspect(mirror, [sha])).toEqual([expect.objectContaining({ oid: sha })]);
});

test('packing drops nothing that was fetched, and what is lost is fetched again and never read wrong', async () => {
  const { mirror, dir } = openCounted('lost', { repack_after: 1 });
  const path = 'access-grants/development/lost.yml';
  const commits = [];
  for (const content of ['first', 'second']) {
    commits.push(
      await world.as('alice').push(REPO, { branch: `lost-${content}`, files: { [path]: content } }),
    );
  }
  const [old = '', tip = ''] = commits;
  const blobOf = async (commit: string) => {
    await needCommits(mirror, commit);
    const oid = (await listFiles(mirror, commit, [path])).get(path)?.oid ?? '';
    const content = (await readBlobs(mirror, [oid], 1_000)).get(oid);
    return { oid, content: Buffer.from(content ?? []).toString() };
  };
  expect((await blobOf(old)).content).toBe('first');
  // No ref reaches the old commit now, and the fetch packs.
  await runGit(['--git-dir', await dir(), 'update-ref', '-d', `refs/daypass/commit/${old}`], {
    deadline_ms: 30_000,
    max_bytes: 1_000,
  });
  await mirror.fetch([`+${tip}:refs/daypass/tip`]);
  await needCommits(mirror, old);
  const { code, stdout } = await mirror.local(['cat-file', '-t', old]);
  expect([code, stdout.toString().trim()]).toEqual([0, 'commit']);
  expect((await blobOf(old)).content).toBe('first');

  const { oid } = await blobOf(tip);
  await inspect(mirror, [oid]);
  mirror.memory.set(
    ['cat-file', '--batch', `${oid}\n`].join('\0'),
    Buffer.from(`${oid} missing\n`),
  );
  await expect(blobOf(tip)).rejects.toThrow(`${oid} is not here any more`);
  expect(await mirror.mended(() => blobOf(tip))).toEqual({ oid, content: 'second' });
});
