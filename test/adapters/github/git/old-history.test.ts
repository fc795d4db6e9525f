import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { readdir } from 'node:fs/promises';
import { git, gitLine } from '../../../../lab/github/git/run.js';
import { Unreadable } from '../../../../src/ports.js';
import type { World } from '../world.js';
import { startWorld } from '../world.js';

jest.setTimeout(120_000);

let world: World;
let bare: string;
beforeAll(async () => {
  world = await startWorld();
  bare = [...world.github.state.repos.values()][0]?.dir ?? '';
});
afterAll(() => world.close());

const literally = (type: 'tree' | 'commit' | 'blob', input: Buffer | string) =>
  gitLine(bare, ['hash-object', '-w', '-t', type, '--literally', '--stdin'], { input });

/** A tree as it is written, whatever its modes and names. */
const tree = (mode: string, name: string, oid: string) =>
  literally('tree', Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(oid, 'hex')]));

const WHO = 'x <x@acme.test> 1 +0000';

interface Odd {
  readonly tree?: string;
  readonly author?: string;
  readonly parent?: string | null;
}

/** A commit as it is written, on main's or on this parent. */
async function commit({ tree: root, author = WHO, parent = null }: Odd): Promise<string> {
  const of = root ?? (await gitLine(bare, ['rev-parse', 'refs/heads/main^{tree}']));
  const above = parent === null ? '' : `parent ${parent}\n`;
  return literally('commit', `tree ${of}\n${above}author ${author}\ncommitter ${WHO}\n\nx\n`);
}

/** Puts commits below what main has: history that was there before Daypass, with the same files on top. */
async function below(branch: string, odd: string): Promise<string> {
  const top = await commit({ parent: odd });
  await git(bare, ['update-ref', `refs/heads/${branch}`, top]);
  return top;
}

const oddTree = async () => {
  const file = await literally('blob', 'x');
  return tree('040000', 'lib', await tree('0100644', 'a', file));
};
const ODDITIES: readonly [string, () => Promise<Odd>][] = [
  ['modes with a zero too many', async () => ({ tree: await oddTree() })],
  ['an author without an e-mail address', async () => ({ author: 'x 1 +0000' })],
  ['a time zone of another age', async () => ({ author: 'x <x@acme.test> 1 +051800' })],
  ['no space before the date', async () => ({ author: 'x <x@acme.test>1 +0000' })],
  ['no space before the address', async () => ({ author: 'x<x@acme.test> 1 +0000' })],
  ['a date with a zero too many', async () => ({ author: 'x <x@acme.test> 01 +0000' })],
];

test('first start works on a repository with many oddities in its old history', async () => {
  let parent: string | null = null;
  for (const [, odd] of ODDITIES) parent = await commit({ ...(await odd()), parent });
  const tip = await below('main', parent ?? '');
  const { source, tip: read } = await world.ports.repository.source();
  expect([source.default_branch, read]).toEqual(['main', tip]);
  expect(await world.ports.landing.repository.steps(tip, tip)).toEqual({ steps: [], untold: null });
});

test.each(ODDITIES)('what is new is refused where it has %s', async (name, odd) => {
  const { mirror } = world.openMirror(`new-${name.replaceAll(' ', '-')}`);
  await mirror.read('tip', (clone) => clone.fetch(['+refs/heads/main:refs/daypass/tip']));
  const main = await gitLine(bare, ['rev-parse', 'refs/heads/main']);
  const sha = await commit({ ...(await odd()), parent: main });
  const need = mirror.read('heads', (clone) => clone.needCommits(sha));
  await expect(need).rejects.toThrow(/git refuses it: /);
  await expect(need).rejects.toBeInstanceOf(Unreadable);
});

test.each<[string, RegExp, () => Promise<string>]>([
  [
    'a folder of git itself',
    /hasDotgit/,
    async () => tree('100644', '.git', await literally('blob', 'x')),
  ],
  [
    'a way up',
    /hasDotdot/,
    async () => tree('40000', '..', await tree('100644', 'a', await literally('blob', 'x'))),
  ],
  [
    'one name twice',
    /duplicateEntries/,
    async () => {
      const file = Buffer.from(await literally('blob', 'x'), 'hex');
      const entry = Buffer.concat([Buffer.from('100644 a\0'), file]);
      return literally('tree', Buffer.concat([entry, entry]));
    },
  ],
])('first start refuses an old history with %s, and keeps nothing of it', async (name, why, of) => {
  const before = await gitLine(bare, ['rev-parse', 'refs/heads/main']);
  const odd = await commit({ tree: await of(), parent: before });
  await below('main', odd);
  const { clone, parent } = world.openClone(`hostile-${name.replaceAll(' ', '-')}`);
  const fetching = clone.fetch(['+refs/heads/main:refs/daypass/tip']);
  await expect(fetching).rejects.toThrow(/^git refuses its history: /);
  await expect(fetching).rejects.toThrow(why);
  expect(await readdir(parent)).toEqual([]);
  await git(bare, ['update-ref', 'refs/heads/main', before]);
});

test('a repository without a commit can be cloned, and every check applies from its first commit on', async () => {
  const { clone } = world.openClone('empty');
  const main = await gitLine(bare, ['rev-parse', 'refs/heads/main']);
  await git(bare, ['update-ref', '-d', 'refs/heads/main']);
  await expect(clone.fetch(['+refs/heads/main:refs/daypass/tip'])).rejects.toThrow(
    'GitHub does not have +refs/heads/main:refs/daypass/tip',
  );
  await git(bare, ['update-ref', 'refs/heads/main', main]);
  await expect(clone.fetch(['+refs/heads/main:refs/daypass/tip'])).rejects.toThrow(
    /git refuses it/,
  );
});
