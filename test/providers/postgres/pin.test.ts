import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HeardClient } from '../../../src/clients/postgres.js';
import { startCluster } from '../../../src/adapters/postgres/embedded/cluster.js';
import type { Connection, Slot } from '../../../src/ports.js';
import { postgres } from '../../../src/providers/postgres/postgres.js';
import { run, targetServer, type TargetServer } from '../../../lab/servers/target-server.js';
import { throwawayFolder } from '../../../lab/servers/throwaway.js';

const CALL = { deadline_ms: 5000, keep_sessions: false };
const OURS = [{ level: 'member', origin: 'ours' }];

describe.each([15, 18] as const)('what a slot of postgres %d is pinned to', (version) => {
  let server: TargetServer;
  let connection: Connection;
  let made = 0;
  beforeAll(async () => {
    server = await targetServer(version);
    connection = await server.connect();
  }, 60_000);
  afterAll(async () => {
    await connection.close();
    await server.close();
  }, 30_000);

  const pinned = async (names: Slot): Promise<Slot> => ({
    ...names,
    pin: (await connection.pin?.(names)) ?? null,
  });
  const mayGive = (role: string) =>
    `CREATE ROLE ${role}; GRANT SELECT ON orders TO ${role}; GRANT ${role} TO daypass WITH ${
      version === 15 ? 'ADMIN OPTION' : 'ADMIN TRUE, INHERIT FALSE, SET FALSE'
    };`;
  const login = (name: string) => `CREATE ROLE ${name} LOGIN PASSWORD '${name}';`;
  /** A new role and a new login, with the role given to the login. */
  const given = async () => {
    made += 1;
    const names = { object: `reader_${String(made)}`, identity: `login_${String(made)}` };
    await server.admin.query(mayGive(names.object) + login(names.identity));
    const slot = await pinned(names);
    await connection.set(slot, 'member', CALL);
    return { names, slot, other: `${names.object}_other` };
  };
  const look = async (slot: Slot) => (await connection.observe([slot]))[0];
  /** Whether a login can read the orders at its next query, without Daypass in between. */
  const reads = (name: string, password = name) =>
    run(server.as(name, password), 'SELECT id FROM orders').then(
      () => true,
      () => false,
    );

  test('invariant 14: is null if the role or the login does not exist', async () => {
    expect(await connection.pin?.({ object: 'orders_reader', identity: 'alice' })).toMatch(
      /^\d+\/\d+$/,
    );
    expect(await connection.pin?.({ object: 'orders_reader', identity: 'nobody' })).toBeNull();
    expect(await connection.pin?.({ object: 'nothing', identity: 'alice' })).toBeNull();
  });

  test('invariant 14: a renamed role is recognised and taken away, and not given', async () => {
    const { names, slot, other } = await given();
    await server.admin.query(`ALTER ROLE ${names.object} RENAME TO ${other}`);
    expect(await look(names)).toEqual([]);
    expect(await look(slot)).toEqual(OURS);
    expect(await reads(names.identity)).toBe(true);
    await connection.set(slot, null, CALL);
    expect(await look(slot)).toEqual([]);
    expect(await reads(names.identity)).toBe(false);
    await expect(connection.set(slot, 'member', CALL)).rejects.toMatchObject({
      lasting: true,
      message: `the role ${names.object} that this grant is for is now called ${other}: nothing is given under the old name`,
    });
    expect(await look(slot)).toEqual([]);
  });

  test('invariant 14: a renamed login is recognised, and taken away with its sessions', async () => {
    const { names, slot } = await given();
    // A server may salt passwords with the name, and then a rename clears them.
    await server.admin.query(
      `ALTER ROLE ${names.identity} RENAME TO ${names.identity}_x; ALTER ROLE ${names.identity}_x PASSWORD 'x'`,
    );
    expect(await look(slot)).toEqual(OURS);
    const session = new HeardClient({
      connectionString: server.as(`${names.identity}_x`, 'x'),
    });
    const ended = new Promise<void>((resolve) => session.on('error', () => resolve()));
    await session.connect();
    await connection.set(slot, null, CALL);
    await ended;
    expect(await look(slot)).toEqual([]);
    expect(await reads(`${names.identity}_x`, 'x')).toBe(false);
    await expect(connection.set(slot, 'member', CALL)).rejects.toMatchObject({ lasting: true });
  });

  test('invariant 14: a new role with the old name is another: the old one is ended, and the new one is left alone', async () => {
    const { names, slot, other } = await given();
    await server.admin.query(
      `ALTER ROLE ${names.object} RENAME TO ${other}; ${mayGive(names.object)}`,
    );
    const anew = await pinned(names);
    expect(anew.pin).not.toBe(slot.pin);
    await connection.set(anew, 'member', CALL);
    await connection.set(slot, null, CALL);
    expect(await connection.observe([slot, anew, names])).toEqual([[], OURS, OURS]);
    await expect(connection.set(slot, 'member', CALL)).rejects.toThrow(`is now called ${other}`);
    await connection.set(anew, null, CALL);
    expect(await reads(names.identity)).toBe(false);
  });

  test('invariant 14: a new login with the old name is another, and keeps its sessions', async () => {
    const { names, slot } = await given();
    await server.admin.query(
      `ALTER ROLE ${names.identity} RENAME TO ${names.identity}_x; ${login(names.identity)}`,
    );
    const session = new HeardClient({
      connectionString: server.as(names.identity, names.identity),
    });
    await session.connect();
    await connection.set(slot, null, CALL);
    expect(await look(slot)).toEqual([]);
    expect((await session.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await session.end();
  });

  test('invariant 14: the membership is gone with the role, even if another role has its name', async () => {
    const { names, slot } = await given();
    await server.admin.query(
      `DROP OWNED BY ${names.object}; DROP ROLE ${names.object}; ${mayGive(names.object)}`,
    );
    await connection.set(await pinned(names), 'member', CALL);
    expect(await look(slot)).toEqual([]);
    await connection.set(slot, null, CALL);
    expect(await look(slot)).toEqual([]);
    expect(await look(names)).toEqual(OURS);
    await expect(connection.set(slot, 'member', CALL)).rejects.toMatchObject({
      lasting: true,
      message: expect.stringContaining(`the role ${names.object} that this grant is for is gone`),
    });
  });

  test('invariant 14: the membership is gone with the login, and its sessions are ended', async () => {
    const { names, slot } = await given();
    const session = new HeardClient({
      connectionString: server.as(names.identity, names.identity),
    });
    const ended = new Promise<void>((resolve) => session.on('error', () => resolve()));
    await session.connect();
    await server.admin.query(`DROP ROLE ${names.identity}`);
    expect(await look(slot)).toEqual([]);
    await connection.set(slot, null, CALL);
    await ended;
    await expect(connection.set(slot, 'member', CALL)).rejects.toMatchObject({
      lasting: true,
      message: expect.stringContaining(`the login ${names.identity}`),
    });
  });

  test('invariant 15: access that others gave, or that comes another way, is also recognised by oids', async () => {
    const { names, slot, other } = await given();
    await connection.set(slot, null, CALL);
    await server.admin.query(
      `CREATE ROLE ${other}; GRANT ${names.object} TO ${other}; GRANT ${other} TO ${names.identity};
       ALTER ROLE ${names.object} RENAME TO ${names.object}_x`,
    );
    expect(await look(slot)).toEqual([{ level: 'member', origin: 'inherited' }]);
    await server.admin.query(
      `REVOKE ${other} FROM ${names.identity}; GRANT ${names.object}_x TO ${names.identity}`,
    );
    expect(await look(slot)).toEqual([{ level: 'member', origin: 'standing' }]);
  });
});

/** Nothing is held there, so that the answer alone would be a proof of absence. */
const NOTHING = { object: 'orders_reader', identity: 'alice' };

test('invariant 14: a connection that later leads to a replica or another server proves nothing', async () => {
  const folders = [await throwawayFolder(), await throwawayFolder()] as const;
  const start = (folder: string, port?: number) =>
    startCluster({ folder, throwaway: true, ...(port !== undefined && { port }) });
  let running = await start(folders[0]);
  try {
    const { port } = running;
    const prepare = async (url: string) => {
      await run(
        url,
        `CREATE ROLE daypass LOGIN PASSWORD 'd'; CREATE ROLE orders_reader; CREATE ROLE alice`,
      );
      // A throwaway server is stopped at once and keeps what is in a checkpoint.
      await run(url, 'CHECKPOINT');
    };
    await prepare(running.superuserUrl);
    const url = new URL(running.superuserUrl);
    url.username = 'daypass';
    url.password = 'd';
    const connection = await postgres.connect({ url: url.href, forbidden: [] });
    expect(await connection.observe([NOTHING])).toEqual([[]]);
    const asked = [
      () => connection.observe([NOTHING]),
      () => connection.set(NOTHING, null, CALL),
      () => connection.pin?.(NOTHING),
    ];
    const first = await connection.fingerprint();
    /**
     * Each is asked until it reaches the server that runs now, because idle connections to the one before break first.
     */
    const refusedAs = async (why: string) => {
      for (const ask of asked) {
        const answer = async () => {
          await ask();
        };
        await answer().catch(() => undefined);
        await expect(answer()).rejects.toThrow(why);
      }
    };

    await running.stop();
    await writeFile(join(folders[0], 'cluster', 'data', 'standby.signal'), '');
    running = await start(folders[0], port);
    await refusedAs('is a replica');
    await expect(connection.fingerprint()).rejects.toThrow('is a replica');

    await running.stop();
    running = await start(folders[1], port);
    await prepare(running.superuserUrl);
    await refusedAs('not the server that Daypass connected to first');
    expect(await connection.fingerprint()).not.toBe(first);
    await connection.close();
  } finally {
    await running.stop();
    for (const folder of folders) await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}, 90_000);
