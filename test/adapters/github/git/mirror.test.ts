import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { compareMerge, compareStep } from '../../../../src/adapters/github/git/comparison.js';
import { runGit } from '../../../../src/adapters/github/git/run.js';
import { readPolicyTree } from '../../../../src/adapters/github/git/policy-tree.js';
import { Late, OverLimits, Unreadable } from '../../../../src/ports.js';
import { git } from '../../../../lab/github/git/run.js';
import { commitTree, writeTree } from '../../../../lab/github/git/write.js';
import type { FileWrite } from '../../../../lab/github/git/write.js';
import type { World } from '../world.js';
import { startWorld } from '../world.js';

jest.setTimeout(120_000);

let world: World;
let folder: string;
beforeAll(async () => {
  world = await startWorld();
  ({ folder } = world);
});
afterAll(() => world.close());

const open: World['openClone'] = (...of) => world.openClone(...of);

const TIP = ['+refs/heads/main:refs/daypass/tip'];

const bare = () => [...world.github.state.repos.values()][0]?.dir ?? '';
const who = { name: 'x', email: 'x@acme.test', date: new Date(0) };
/** A commit that was made in the repository itself, on no branch. */
async function plant(files: FileWrite[], parents: string[] = []): Promise<string> {
  const tree = await writeTree(bare(), parents[0] ?? null, files);
  return commitTree(bare(), { tree, parents, author: who, committer: who, message: 'x' });
}
async function everyFile(dir: string): Promise<Buffer> {
  const files = await readdir(dir, { recursive: true, withFileTypes: true });
  const names = files.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  return Buffer.concat(await Promise.all(names.map((name) => readFile(name))));
}

test('invariant 24: the token is in no command line and in no file of the mirror', async () => {
  const bin = join(folder, 'bin');
  const trace = join(folder, 'trace');
  await mkdir(bin);
  await writeFile(trace, '');
  // Whoever git runs as.
  await chmod(trace, 0o666);
  const { stdout } = await runGit(['--exec-path'], { deadline_ms: 10_000, max_bytes: 1000 });
  // git itself traces every command that it starts, with its arguments.
  const script = `#!/bin/sh\nGIT_TRACE=${trace} exec ${stdout.toString().trim()}/git "$@"\n`;
  await writeFile(join(bin, 'git'), script);
  await chmod(join(bin, 'git'), 0o755);
  const path = process.env['PATH'];
  const { client, clone, dir } = open('secret');
  try {
    process.env['PATH'] = `${bin}:${path ?? ''}`;
    await clone.fetch(TIP);
  } finally {
    process.env['PATH'] = path;
  }
  const token = await client.token(false);
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
  const traced = await readFile(trace, 'utf8');
  expect(traced).toContain('remote-http');
  for (const secret of [token, basic]) {
    expect(traced).not.toContain(secret);
    expect((await everyFile(await dir())).includes(secret)).toBe(false);
  }
});

test('a huge file is never fetched: its content is null, and so is that of a submodule', async () => {
  const { clone } = open('huge');
  await clone.fetch(TIP);
  const tip = (await clone.readRef('refs/daypass/tip')) ?? '';
  const head = await plant(
    [
      { path: 'access-grants/production/huge.yml', content: Buffer.alloc(2_000_000, 'a') },
      { path: 'access-grants/production/link.yml', content: '../../x', mode: '120000' },
      { path: 'access-grants/production/run.yml', content: 'x', mode: '100755' },
    ],
    [tip],
  );
  // Unlike the index, mktree accepts a submodule whose commit does not exist.
  const tree = async (entries: string) =>
    (await git(bare(), ['mktree', '--missing'], { input: entries })).toString().trim();
  const listed = await git(bare(), ['ls-tree', `${head}:access-grants/production`]);
  const files = await tree(`${listed.toString()}160000 commit ${'1'.repeat(40)}\tsub.yml\n`);
  const production = await tree(`040000 tree ${files}\tproduction\n`);
  const root = await tree(`040000 tree ${production}\taccess-grants\n`);
  const commit = { tree: root, parents: [tip], author: who, committer: who, message: 'x' };
  const odd = await commitTree(bare(), commit);

  const { grants } = await compareMerge(clone, tip, odd);
  const found = grants.map(({ path, after }) => [
    path.slice('access-grants/production/'.length),
    after?.mode,
    after?.content && new TextDecoder().decode(after.content),
  ]);
  expect(found).toEqual([
    ['huge.yml', '100644', null],
    ['link.yml', '120000', '../../x'],
    ['run.yml', '100755', 'x'],
    ['sub.yml', '160000', null],
  ]);
  // It is still missing afterwards: nothing was fetched implicitly.
  const oid = grants[0]?.after?.oid ?? '';
  expect(await clone.inspect([oid])).toEqual([null]);
});

test('invariant 7: of a step over the limits, only the changes to the requested grants are read', async () => {
  const { clone } = open('over-limits');
  await clone.fetch(TIP);
  const [removed, changed, huge, kept] = ['removed', 'changed', 'huge', 'kept'].map(
    (name) => `access-grants/production/${name}.yml`,
  ) as [string, string, string, string];
  const many = Array.from({ length: 3001 }, (_, i) => ({
    path: `access-grants/x/${i}`,
    content: 'x',
  }));
  const before = [removed, changed, huge, kept].map((path) => ({ path, content: 'before\n' }));
  const parent = await plant(before);
  const commit = await plant(
    [
      ...many,
      { path: removed, content: null },
      { path: changed, content: 'after\n' },
      { path: huge, content: 'x'.repeat(16 * 1024 + 1) },
      { path: 'policies/a.yaml', content: 'x' },
    ],
    [parent],
  );
  for (const [name, sha] of [
    ['parent', parent],
    ['commit', commit],
  ])
    await git(bare(), ['update-ref', `refs/heads/over-${name}`, sha ?? '']);
  await expect(compareStep(clone, { commit, parent })).rejects.toThrow(OverLimits);
  await expect(compareMerge(clone, parent, commit)).rejects.toThrow('more than 3000 files');
  const told = await compareStep(clone, { commit, parent }, [removed, changed, huge, kept]);
  const after = told.grants.map(({ path, after }) => [
    path,
    after && (after.content === null ? 'not read' : new TextDecoder().decode(after.content)),
  ]);
  expect(Object.fromEntries(after)).toEqual({
    [removed]: null,
    [changed]: 'after\n',
    [huge]: 'not read',
  });
  expect(told.policies.map(({ path }) => path)).toEqual(['policies/a.yaml']);
  // So it is where its folder is so large that it does not come in time.
  const late = { ...clone, readBlobs: () => Promise.reject(new Late('it did not come')) };
  const seen = await compareStep(late, { commit, parent }, [removed, changed]);
  expect(seen.grants.map(({ path, after }) => [path, after?.content])).toEqual([
    [changed, null],
    [removed, undefined],
  ]);
});

test('invariant 7: more than 100 grant files at once are not read; files of grants that are over may be removed', async () => {
  const { clone } = open('many-grants');
  await clone.fetch(TIP);
  const files = (count: number, content: string | null) =>
    Array.from({ length: count }, (_, i) => ({
      path: `access-grants/production/g${i}.yml`,
      content,
    }));
  const parent = await plant([{ path: 'README.md', content: 'x' }]);
  const many = await plant(files(101, 'a: b\n'), [parent]);
  const few = await plant(files(100, 'a: b\n'), [parent]);
  const none = await plant(files(101, null), [many]);
  for (const [name, sha] of Object.entries({ parent, many, few, none }))
    await git(bare(), ['update-ref', `refs/heads/grants-${name}`, sha]);
  const why = 'it adds or changes 101 grant files; at most 100 are allowed at once';
  await expect(compareMerge(clone, parent, many)).rejects.toThrow(new OverLimits(why));
  const step = { commit: many, parent };
  await expect(compareStep(clone, step)).rejects.toThrow(new OverLimits(why));
  const told = await compareStep(clone, step, ['access-grants/production/g7.yml']);
  expect(told.grants).toHaveLength(1);
  expect((await compareMerge(clone, parent, few)).grants).toHaveLength(100);
  expect((await compareStep(clone, { commit: none, parent: many })).grants).toHaveLength(101);
});

test('a damaged mirror is removed and fetched again', async () => {
  const { mirror, dir } = world.openMirror('damaged');
  const { tip } = await world.ports.repository.source();
  const count = () =>
    mirror.read('heads', async (clone) => {
      await clone.needCommits(tip);
      return (await clone.listFiles(tip, [])).size;
    });
  const files = await count();
  expect(files).toBeGreaterThan(0);
  const pack = join(await dir(), 'objects', 'pack');
  for (const file of await readdir(pack)) {
    await chmod(join(pack, file), 0o600);
    await writeFile(join(pack, file), 'nonsense');
  }
  expect(await count()).toBe(files);
  // A git that was killed in the middle left its lock.
  const refs = join(await dir(), 'refs', 'daypass');
  await mkdir(refs, { recursive: true });
  await writeFile(join(refs, 'tip.lock'), '');
  await mirror.read('heads', (clone) => clone.fetch(TIP));
  expect(await mirror.read('heads', (clone) => clone.readRef('refs/daypass/tip'))).toBe(tip);
  // The mirror is removed while it is in use.
  await rm(await dir(), { recursive: true, force: true });
  expect(await count()).toBe(files);
});

test('each process has its own mirror, and removes the mirrors of processes that are gone', async () => {
  const { clone, parent } = open('shared');
  // No process has this id: it is above the highest that Linux gives.
  const gone = join(parent, '99999999-gone');
  await mkdir(join(gone, 'objects'), { recursive: true });
  await mkdir(join(parent, `${process.ppid}-alive`));
  await clone.fetch(TIP);
  const names = await readdir(parent);
  expect(names).toHaveLength(2);
  expect(names).toContain(`${process.ppid}-alive`);
});

test('many fetches are packed together, and what is missing on purpose stays missing', async () => {
  const { clone, dir } = open('packs', { repack_after: 4 });
  for (let i = 0; i < 8; i += 1) {
    const sha = await plant([
      { path: `access-grants/production/${i}.yml`, content: `${i}` },
      { path: `access-grants/production/huge-${i}.yml`, content: Buffer.alloc(300_000, `${i}`) },
    ]);
    await clone.needCommits(sha);
  }
  const packs = (await readdir(join(await dir(), 'objects', 'pack'))).filter((f) =>
    f.endsWith('.pack'),
  );
  expect(packs.length).toBeLessThan(5);
});

test('the leftovers of an interrupted fetch are removed with it, and nothing else', async () => {
  const { clone, dir } = open('stopped');
  await clone.fetch(TIP);
  const packs = join(await dir(), 'objects', 'pack');
  const before = await readdir(packs);
  await writeFile(join(packs, 'tmp_pack_half'), 'PACK');
  await expect(clone.fetch(['+refs/pull/999/head:refs/daypass/x'])).rejects.toThrow(Unreadable);
  expect((await readdir(packs)).sort()).toEqual(before.sort());
});

test('a fetch that is late is not over a limit, and the next fetch does not wait for it', async () => {
  const { clone, remote } = open('slow', { fetch_ms: 3_000 });
  await clone.readRef('refs/daypass/tip');
  const endless = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' });
  }).listen(0, '127.0.0.1');
  await once(endless, 'listening');
  const { url } = remote;
  remote.url = `http://127.0.0.1:${String((endless.address() as AddressInfo).port)}/x.git`;
  const head = clone.fetch(['+refs/pull/1/head:refs/daypass/pull/1']);
  const next = head.catch(() => undefined).then(() => (remote.url = url));
  await expect(head).rejects.toThrow(new Late('git fetch did not end within 3000 ms'));
  await next;
  await clone.fetch(TIP);
  endless.closeAllConnections();
  endless.close();
});

test('what git itself refuses to fetch is unreadable, and does not count as damage', async () => {
  const { mirror, parent } = world.openMirror('hostile');
  await mirror.read('heads', (clone) => clone.fetch(TIP));
  const before = await readdir(parent);
  const made = await git(bare(), ['mktree', '--missing'], {
    input: `160000 commit ${'1'.repeat(40)}\t.git\n`,
  });
  const tree = made.toString().trim();
  const commit = { tree, parents: [], author: who, committer: who, message: 'x' };
  const sha = await commitTree(bare(), commit);
  await expect(mirror.read('heads', (clone) => clone.needCommits(sha))).rejects.toThrow(
    /git refuses it/,
  );
  expect(await readdir(parent)).toEqual(before);
});

test('invariant 7: a history with very many warnings from git is fetched', async () => {
  const { clone } = open('talkative');
  const blob = (await git(bare(), ['hash-object', '-w', '--stdin'], { input: 'x' })).toString();
  // git warns of each of these symlinks ("fsck-msgids", gitignoreSymlink and so on), with about 100 bytes.
  const files = Array.from({ length: 4_000 }, (_, i) =>
    ['.gitignore', '.gitattributes', '.mailmap', `file${i}`]
      .map((name) => `M 120000 ${blob.trim()} d${i}/${name}\n`)
      .join(''),
  );
  const commit = `commit refs/heads/talkative\ncommitter x <x@acme.test> 0 +0000\ndata 1\nx\n`;
  await git(bare(), ['fast-import', '--quiet'], { input: `${commit}${files.join('')}` });
  const sha = (await git(bare(), ['rev-parse', 'refs/heads/talkative'])).toString().trim();
  await clone.needCommits(sha);
  expect(await clone.inspect([sha])).toEqual([expect.objectContaining({ oid: sha })]);
});

test('a commit that does not exist is unreadable', async () => {
  const { clone } = open('absent');
  await expect(clone.needCommits('2'.repeat(40))).rejects.toThrow(Unreadable);
  await expect(clone.needCommits('--upload-pack=x')).rejects.toThrow('not a commit id');
});

test.each<[string, FileWrite[], string]>([
  [
    'a symlink',
    [{ path: 'policies/a', content: 'b', mode: '120000' }],
    'not a regular file (mode 120000)',
  ],
  ['too large', [{ path: 'policies/a', content: Buffer.alloc(262_144) }], 'policies/a is 262144'],
  ['not UTF-8', [{ path: 'policies/a', content: Buffer.from([0xff]) }], 'policies/a is not UTF-8'],
  [
    'too many files',
    Array.from({ length: 1001 }, (_, i) => ({ path: `policies/${i}`, content: 'x' })),
    'more than 1000 files',
  ],
])('policies with %s cannot be read', async (name, files, why) => {
  const { clone } = open(`policy-${name.replaceAll(' ', '-')}`);
  const sha = await plant(files);
  await clone.needCommits(sha);
  await expect(readPolicyTree(clone, sha)).rejects.toThrow(why);
});

test('the policy tree has every file by its path, and the id that git gives it', async () => {
  const { clone, dir } = open('policies');
  const treeAt = async (commit: string) => {
    await clone.needCommits(commit);
    return readPolicyTree(clone, commit);
  };
  const sha = await plant([
    { path: 'policies/settings.yaml', content: 'a: "ä"\n' },
    { path: 'policies/access/lib/x.rego', content: 'package x\n' },
    { path: 'policies.md', content: 'no' },
  ]);
  const tree = await treeAt(sha);
  expect(tree?.files).toEqual({ 'settings.yaml': 'a: "ä"\n', 'access/lib/x.rego': 'package x\n' });
  expect(tree?.id).toBe(
    (await git(await dir(), ['rev-parse', `${sha}:policies`])).toString().trim(),
  );
  expect(await treeAt(await plant([{ path: 'policies', content: 'a file' }]))).toBe(null);
});
