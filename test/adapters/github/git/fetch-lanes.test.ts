import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { runGit } from '../../../../src/adapters/github/git/run.js';
import { until } from '../../../../lab/until.js';
import type { World } from '../world.js';
import { ask, GRANT, REPO, startWorld } from '../world.js';

jest.setTimeout(120_000);

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.close());

/** What git asked GitHub for since `fresh`: each fetch is a look at what it offers, and one or two questions. */
const fetched = () =>
  world.github.github.calls
    .list()
    // git only logs in when it is asked to.
    .filter(
      ({ method, route, status }) =>
        `${method} ${route}` === 'GET GIT upload-pack' && status !== 401,
    ).length;

test('invariants 16, 17: the tip does not wait for eight heads that are late', async () => {
  const { landing, pullRequests } = world.ports;
  const { tip } = await landing.repository.source();
  const asked = [];
  for (let i = 0; i < 8; i += 1) asked.push(await ask(world, `late-${i}`));
  // The first of them never comes, and the others wait for it.
  world.fault({ match: { method: 'POST', route: 'GIT upload-pack' }, do: { delay_ms: 600_000 } });
  let over = 0;
  const looks = asked.map(async ({ number }) => {
    const query = { number, tip, step: null, teams: [] };
    await pullRequests.snapshot(query).catch(() => undefined);
    over += 1;
  });
  await until('the fetch that hangs', async () => world.github.github.faults.list().length === 0);
  const merged = await world.as('root').push(REPO, { branch: 'main', files: { 'NEWS.md': 'new' } });
  const read = await landing.repository.source();
  expect(read.tip).toBe(merged);
  const steps = [{ commit: merged, parent: tip, pull_request: null }];
  expect(await landing.repository.steps(tip, merged)).toEqual({ steps, untold: null });
  expect(over).toBe(0);
  await world.github.close();
  await Promise.all(looks);
});

test('a clone fetches the files of the two requested folders, each folder in one call, and no others', async () => {
  const files = {
    'README.md': randomBytes(100_000).toString('hex'),
    'docs/plan.md': randomBytes(100_000).toString('hex'),
    'policies/settings.yaml': 'a: 1\n',
    'policies/catalog/orders-db.yaml': 'b: 2\n',
    'access-grants/production/a.yml': GRANT,
    'access-grants/production/b.yml': `${GRANT}# b\n`,
  };
  await world.as('root').push(REPO, { branch: 'main', files });
  const { clone, dir } = world.openClone('files');
  await clone.fetch(['+refs/heads/main:refs/daypass/tip']);
  const tip = (await clone.readRef('refs/daypass/tip')) ?? '';
  const blobs = async () => {
    const bounds = { deadline_ms: 30_000, max_bytes: 1_000_000 };
    const list = ['cat-file', '--batch-all-objects', '--batch-check=%(objecttype) %(objectname)'];
    const { stdout } = await runGit(['--git-dir', await dir(), ...list], bounds);
    const lines = stdout.toString().split('\n');
    return lines.flatMap((line) => (line.startsWith('blob ') ? [line.slice(5)] : [])).sort();
  };
  expect(await blobs()).toEqual([]);
  // Git's own checks would like to read this one.
  const modules = { '.gitmodules': '[submodule "a"]\n\tpath = a\n\turl = https://acme.test/a\n' };
  await clone.needCommits(await world.as('alice').push(REPO, { branch: 'odd', files: modules }));
  expect(await blobs()).toEqual([]);
  world.fresh();
  const listed = await clone.listFiles(tip, ['policies', 'access-grants/production']);
  const placed = [...listed].map(([path, { oid }]) => ({
    oid,
    folder: `${tip}:${path.slice(0, path.lastIndexOf('/'))}`,
  }));
  await clone.readBlobs(placed, 1_000_000);
  await clone.readBlobs(placed, 1_000_000);
  expect(fetched()).toBe(1);
  expect(await blobs()).toEqual(placed.map(({ oid }) => oid).sort());
});

test('a file of 256 KiB or more is requested once, is not sent, and is not requested again', async () => {
  const { clone } = world.openClone('large');
  const files = {
    'access-grants/production/large.yml': 'x'.repeat(256 * 1024),
    'access-grants/production/nearly.yml': 'x'.repeat(256 * 1024 - 1),
  };
  const sha = await world.as('alice').push(REPO, { branch: 'large', files });
  await clone.needCommits(sha);
  const listed = await clone.listFiles(sha, Object.keys(files));
  const placed = [...listed.values()].map(({ oid }) => ({
    oid,
    folder: `${sha}:access-grants/production`,
  }));
  world.fresh();
  for (let i = 0; i < 3; i += 1) {
    const contents = await clone.readBlobs(placed, 1_000_000);
    expect(placed.map(({ oid }) => contents.get(oid)?.length ?? null)).toEqual([null, 262_143]);
  }
  expect(fetched()).toBe(1);
});

test('looking at a pull request takes two fetches if its grant is new, one if it is not, and none if nothing moved', async () => {
  const { repository, pullRequests } = world.ports;
  const { tip } = await repository.source();
  const look = async (number: number) => {
    world.fresh();
    await pullRequests.snapshot({ number, tip, step: null, teams: [] });
    return fetched();
  };
  const { number } = await ask(world, 'costs');
  expect([await look(number), await look(number)]).toEqual([2, 0]);
  const other = await ask(world, 'other', { 'access-grants/production/other.yml': GRANT });
  // The same words as those of the first: they are here.
  expect(await look(other.number)).toBe(1);
  const elsewhere = await ask(world, 'elsewhere', { 'README.md': 'x' });
  expect(await look(elsewhere.number)).toBe(1);
});
