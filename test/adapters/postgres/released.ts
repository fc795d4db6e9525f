import { afterAll } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { migrateQueue } from '../../../src/adapters/bullmq/migrate.js';
import { createPool, HeardClient } from '../../../src/clients/postgres.js';
import { release } from '../../../src/adapters/postgres/release/release.js';
import type { ServerVersion } from '../../../src/adapters/postgres/embedded/binaries.js';
import { freshDatabase } from '../../../lab/servers/postgres.js';

export interface Urls {
  readonly superuser: string;
  readonly owner: string;
  readonly worker: string;
  readonly web: string;
  readonly audit: string;
  readonly pdp: string;
}

/** A fresh database with an owner that is not a superuser, like at a database provider; not released yet. */
export async function ownedDatabase(version: ServerVersion = 18): Promise<Urls> {
  const superuser = await freshDatabase(version);
  const tag = randomUUID().slice(0, 8);
  const url = (role: string, password: string) => {
    const parsed = new URL(superuser);
    parsed.username = `${role}_${tag}`;
    parsed.password = password;
    return parsed.href;
  };
  const owner = url('owner', 'owner-secret');
  const name = new URL(superuser).pathname.slice(1);
  await asSuperuser(
    superuser,
    `CREATE ROLE "owner_${tag}" LOGIN CREATEROLE PASSWORD 'owner-secret';
     ALTER DATABASE "${name}" OWNER TO "owner_${tag}"`,
  );
  return {
    superuser,
    owner,
    worker: url('worker', "w'ö:rk/er"),
    web: url('web', 'web-secret'),
    audit: url('audit', 'audit-secret'),
    pdp: url('pdp', 'pdp-secret'),
  };
}

/** A fresh database that `release` has run on. */
export async function releasedDatabase(version: ServerVersion = 18): Promise<Urls> {
  const urls = await ownedDatabase(version);
  await releaseOn(urls);
  return urls;
}

let template: Promise<Urls> | undefined;

/** A file has a pool for each of its databases, all as the same roles: together they are more than one installation's. */
async function withoutLimits(): Promise<Urls> {
  const urls = await releasedDatabase();
  const roles = [urls.worker, urls.web, urls.audit, urls.pdp].map((url) => new URL(url).username);
  const sql = roles.map((role) => `ALTER ROLE "${role}" CONNECTION LIMIT -1`).join(';');
  await asSuperuser(urls.superuser, sql);
  return urls;
}

/** The same as `releasedDatabase` in a tenth of the time: a copy of this file's first one, with the same roles. */
export async function ledgerDatabase(): Promise<Urls> {
  const urls = await (template ??= withoutLimits());
  const name = `l_${randomUUID().replaceAll('-', '')}`;
  const from = new URL(urls.superuser).pathname.slice(1);
  const postgres = new URL(urls.superuser);
  postgres.pathname = '/postgres';
  await asSuperuser(postgres.href, `CREATE DATABASE ${name} TEMPLATE ${from} STRATEGY file_copy`);
  const moved = (url: string) => {
    const parsed = new URL(url);
    parsed.pathname = `/${name}`;
    return parsed.href;
  };
  return {
    superuser: moved(urls.superuser),
    owner: moved(urls.owner),
    worker: moved(urls.worker),
    web: moved(urls.web),
    audit: moved(urls.audit),
    pdp: moved(urls.pdp),
  };
}

/** What two processes of each kind need. */
export const SESSIONS = { worker: 64, web: 20, pdp: 6 };

export const releaseOn = ({ owner, worker, web, audit, pdp }: Urls) =>
  release({
    releaseUrl: owner,
    workerUrl: worker,
    webUrl: web,
    auditUrl: audit,
    pdpUrl: pdp,
    sessions: SESSIONS,
    migrateQueue,
  });

export async function asSuperuser(url: string, sql: string): Promise<void> {
  const client = new HeardClient({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

const pools: { end(): Promise<void> }[] = [];

/** One session that is ended after the last test of the file. Unlike a pool's, it survives its errors. */
export async function sessionOf(url: string): Promise<pg.Client> {
  const client = new HeardClient({ connectionString: url });
  // The server may be stopped first.
  client.on('error', () => undefined);
  await client.connect();
  pools.push(client);
  return client;
}

/** A pool that is ended after the last test of the file; a broken idle connection makes nothing fail. */
export function poolOf(url: string, max = 4): pg.Pool {
  const pool = createPool({ url, application: 'daypass test', max, onError: () => undefined });
  pools.push(pool);
  return pool;
}

afterAll(async () => {
  for (const pool of pools.splice(0)) await pool.end();
});

/** PostgreSQL's code for what a role may not do. */
export const DENIED = '42501';

/** The code with which the server refuses a query; `done` where it does not. */
export const codeOf = (query: Promise<unknown>): Promise<string | undefined> =>
  query.then(
    () => 'done',
    (error: unknown) => (error instanceof pg.DatabaseError ? error.code : String(error)),
  );
