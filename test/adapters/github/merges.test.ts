import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '../../../src/adapters/github/client.js';
import { openMirror } from '../../../src/adapters/github/git/mirror.js';
import { readRef } from '../../../src/adapters/github/git/read.js';
import { rememberMerges } from '../../../src/adapters/github/merges.js';
import type { World } from './world.js';
import { ask, GRANT, REPO, startWorld } from './world.js';

jest.setTimeout(120_000);

let world: World;
let folder: string;
beforeAll(async () => {
  world = await startWorld();
  folder = await mkdtemp(join(tmpdir(), 'daypass-git-'));
});
afterAll(async () => {
  await world.close();
  await rm(folder, { recursive: true, force: true });
});

test('what a head gives is read of git once, and anew for another head or tip', async () => {
  const { number, head } = await ask(world);
  const { token } = createClient(world.config);
  const url = `${world.github.url}/${REPO}.git`;
  const mirror = openMirror(folder, () => Promise.resolve({ url, token }));
  await mirror.fetch([
    '+refs/heads/main:refs/daypass/tip',
    `+refs/pull/${number}/head:refs/daypass/x`,
  ]);
  const tip = (await readRef(mirror, 'refs/daypass/tip')) ?? '';
  let runs = 0;
  const merges = rememberMerges({
    ...mirror,
    local: (args, input) => {
      runs += 1;
      return mirror.local(args, input);
    },
  });

  const first = await merges(tip, head);
  expect(first.comparison.grants.map(({ path }) => path)).toEqual([
    'access-grants/production/a.yml',
  ]);
  expect(first.commits).toEqual([{ sha: head, web: false }]);
  const before = runs;
  expect(await merges(tip, head)).toEqual(first);
  expect(runs).toBe(before);

  const files = { 'access-grants/production/b.yml': GRANT };
  const next = await world.as('alice').push(REPO, { branch: 'ask', from: 'ask', files });
  expect((await merges(tip, next)).commits?.map(({ sha }) => sha)).toEqual([head, next]);
  // As after its own merge: nothing is left to bring.
  expect((await merges(head, head)).comparison.grants).toEqual([]);
});
