import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { chown, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HeardClient } from '../../../src/clients/postgres.js';
import { embeddedHome, serverAccount } from '../../../src/adapters/postgres/embedded/account.js';
import {
  startCluster,
  type Cluster,
  type ClusterOptions,
} from '../../../src/adapters/postgres/embedded/cluster.js';
import { atOnce, endData } from '../../../src/adapters/postgres/embedded/postmaster.js';
import { freshDatabase } from '../../../lab/servers/postgres.js';
import { checkoutForAnyone, startOwner } from '../../support/embedded-owner.js';

async function query(url: string, sql: string): Promise<unknown> {
  const client = new HeardClient({ connectionString: url });
  await client.connect();
  try {
    return Object.values((await client.query<Record<string, unknown>>(sql)).rows[0] ?? {})[0];
  } finally {
    await client.end();
  }
}

let folder: string;
let running: { stop(): Promise<void> }[] = [];

async function start(options: Partial<ClusterOptions> = {}): Promise<Cluster> {
  const cluster = await startCluster({ folder, ...options });
  running.push(cluster);
  return cluster;
}

async function own() {
  const owner = startOwner(nameOf(folder));
  running.push(owner);
  return { ...owner, ...(await owner.ready) };
}

const nameOf = (path: string) => relative(embeddedHome(), path);

function newFolder(): void {
  folder = join(embeddedHome(), 'throwaway', `${process.pid}-${randomUUID().slice(0, 8)}`);
}

async function endAll(): Promise<void> {
  for (const each of running) await each.stop();
  running = [];
  await endData(join(folder, 'cluster', 'data'), atOnce);
  await rm(folder, { recursive: true, force: true });
}

describe.each([18, 15] as const)('PostgreSQL %i', (version) => {
  test('starts, and creates fresh databases', async () => {
    const [one, other] = [await freshDatabase(version), await freshDatabase(version)];
    await query(one, 'CREATE TABLE t ()');
    expect(await query(other, `SELECT to_regclass('t')`)).toBeNull();
    expect(await query(one, 'SHOW server_version')).toMatch(new RegExp(`^${version}\\.`));
  });
});

describe('one server through its life', () => {
  beforeAll(newFolder);
  afterEach(async () => {
    for (const each of running) await each.stop();
    running = [];
  });
  afterAll(endAll);

  test('listens only on this machine, with a password that only the owner can read', async () => {
    const { superuserUrl, port } = await start({ settings: { work_mem: '5MB' } });
    await query(superuserUrl, `CREATE TABLE kept AS SELECT 'yes' AS word`);
    expect(await query(superuserUrl, 'SHOW listen_addresses')).toBe('127.0.0.1');
    expect(await query(superuserUrl, 'SHOW work_mem')).toBe('5MB');
    expect(await query(superuserUrl, 'SHOW fsync')).toBe('on');
    const guess = `postgres://postgres:guess@127.0.0.1:${port}/postgres`;
    await expect(query(guess, 'SELECT 1')).rejects.toThrow('password authentication failed');
    expect((await stat(join(folder, 'cluster', 'password'))).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  test('the given port is used, and after an orderly stop the data is there', async () => {
    const before = await start();
    await before.stop();
    await before.exited;
    const { superuserUrl, port } = await start({ port: before.port });
    expect(port).toBe(before.port);
    expect(await query(superuserUrl, 'SELECT word FROM kept')).toBe('yes');
  });

  test('after a kill -9 of the server the data is there', async () => {
    const { pid, exited, superuserUrl } = await start();
    await query(superuserUrl, 'CREATE TABLE written_before_the_kill ()');
    process.kill(pid, 'SIGKILL');
    await exited;
    const again = await start();
    expect(await query(again.superuserUrl, 'SELECT count(*) FROM written_before_the_kill')).toBe(
      '0',
    );
  });

  test('a server whose owner was killed is stopped and started again', async () => {
    const owner = await own();
    await owner.kill();
    expect(await query(owner.url, 'SELECT word FROM kept')).toBe('yes');
    const { pid, superuserUrl } = await start();
    expect(pid).not.toBe(owner.pid);
    expect(await query(superuserUrl, 'SELECT word FROM kept')).toBe('yes');
    await expect(query(owner.url, 'SELECT 1')).rejects.toThrow();
  });

  test('a server with a living owner is left alone', async () => {
    const owner = await own();
    await expect(start()).rejects.toThrow('in use by another running Daypass');
    expect(await query(owner.url, 'SELECT word FROM kept')).toBe('yes');
  });

  test('a stale postmaster.pid that names another running program does not block it', async () => {
    const stale = join(folder, 'cluster', 'data', 'postmaster.pid');
    await writeFile(stale, `${process.pid}\n${join(folder, 'cluster', 'data')}\n1\n5432\n\n`);
    const account = await serverAccount();
    if (account) await chown(stale, account.uid, account.gid);
    expect(await query((await start()).superuserUrl, 'SELECT word FROM kept')).toBe('yes');
  });

  test('the data of another version is refused, and kept', async () => {
    await expect(start({ version: 15 })).rejects.toThrow("is PostgreSQL 18's");
    expect(await query((await start()).superuserUrl, 'SELECT word FROM kept')).toBe('yes');
  });

  test('settings that the server refuses are an error that quotes its log', async () => {
    await expect(start({ settings: { nonsense: 'on' } })).rejects.toThrow(
      /did not start[^]*unrecognized configuration parameter "nonsense"/,
    );
  });
});

describe('the first start', () => {
  beforeAll(newFolder);
  afterEach(endAll);

  test('an interrupted initdb is done again', async () => {
    await mkdir(join(folder, 'initdb-cut', 'data'), { recursive: true });
    await writeFile(join(folder, 'initdb-cut', 'data', 'PG_VERSION'), '18\n');
    const { superuserUrl } = await start();
    expect(await query(superuserUrl, 'SELECT 1')).toBe(1);
    expect((await readdir(folder)).sort()).toEqual(['cluster', 'server.log']);
  });

  test('after a kill -9 of the owner during initdb, the next start recovers', async () => {
    const cut = startOwner(nameOf(folder));
    const version = join('data', 'PG_VERSION');
    for (;;) {
      const [half] = await readdir(folder).catch(() => []);
      if (half && (await stat(join(folder, half, version)).catch(() => undefined))) break;
      await sleep(5);
    }
    await cut.kill();
    expect(await readdir(folder)).not.toContain('cluster');
    expect(await query((await start()).superuserUrl, 'SELECT 1')).toBe(1);
  });

  test('another user in a closed home directory, without the links of the install script', async () => {
    const checkout = await checkoutForAnyone();
    try {
      const owner = startOwner('data', checkout);
      const ready = await owner.ready;
      expect(await query(ready.url, 'SELECT current_user')).toBe('postgres');
      expect(ready.folder).toBe(join(checkout.folder, '.daypass', 'data'));
      await owner.stop();
      const log = await readFile(join(ready.folder, 'server.log'), 'utf8');
      expect(log).toContain('database system is shut down');
    } finally {
      await checkout.remove();
    }
  });
});
