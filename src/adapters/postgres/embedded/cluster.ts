import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { serverAccount } from './account.js';
import { serverBinaries, type ServerVersion } from './binaries.js';
import { ensureDataDirectory } from './initdb.js';
import { holdCluster, superuserUrl, type Hold } from './hold.js';
import { atOnce, endPostmaster, findPostmaster, orderly } from './postmaster.js';
import { freePort, spawnServer, type ServerProcess } from './server.js';

export interface ClusterOptions {
  /** An absolute path under `embeddedHome()`: the server's data, password and log. */
  readonly folder: string;
  /** Default 18. */
  readonly version?: ServerVersion;
  /** The port on 127.0.0.1, the only address. Default: a free one, chosen at each start. */
  readonly port?: number;
  /** PostgreSQL's own settings, over the defaults. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Speed instead of durability; stop() does not wait for sessions. For tests. */
  readonly throwaway?: boolean;
}

export interface Cluster {
  /** postgres://… of the superuser, database `postgres`; holds the password. */
  readonly superuserUrl: string;
  readonly port: number;
  /** Of the server's first process. */
  readonly pid: number;
  /** Settles when the server is gone, no matter who ended it. */
  readonly exited: Promise<void>;
  /** Ends the server: fast shutdown, harder after ten seconds. Returns when it is gone. */
  stop(): Promise<void>;
}

const startDeadline = 30_000;

/**
 * Starts a PostgreSQL of our own on the data in `folder`, which is made at the first start. It recovers from a kill
 * -9: a server without an owner is stopped first, a stale `postmaster.pid` is ignored, an interrupted initdb is done
 * again. Throws when the folder is in use by a living owner, holds another version's data, or the server does not
 * start (with its log).
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { folder, version = 18, throwaway = false } = options;
  const account = await serverAccount();
  const binaries = await serverBinaries(version);
  const { data, password } = await ensureDataDirectory(folder, binaries, account, !throwaway);
  await refuseOtherVersion(data, version);
  await stopOrphan(data, password);

  const log = join(folder, 'server.log');
  const deadline = performance.now() + startDeadline;
  for (;;) {
    const port = options.port ?? (await freePort());
    const flags = serverFlags(options);
    const server = await spawnServer(binaries, data, log, ['-p', String(port), ...flags], account);
    const held = await untilReady(server, superuserUrl(port, password), deadline);
    if (held) {
      return {
        superuserUrl: superuserUrl(port, password),
        port,
        pid: server.pid,
        exited: server.exited,
        stop: async () => {
          await held.release();
          await endPostmaster(server.pid, data, throwaway ? atOnce : orderly);
        },
      };
    }
    await endPostmaster(server.pid, data, atOnce);
    const said = (await readFile(log)).subarray(server.logFrom).toString();
    if (!isPassing(said, options) || performance.now() > deadline) {
      throw new Error(`PostgreSQL in ${folder} did not start:\n${said.slice(-2000).trim()}`);
    }
    await sleep(100);
  }
}

function serverFlags({ settings, throwaway }: ClusterOptions): string[] {
  const all: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    ...(throwaway && { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
    ...settings,
  };
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** A chosen port that was just taken, or the sessions of a killed server that are still ending. */
function isPassing(said: string, { port }: ClusterOptions): boolean {
  if (/pre-existing shared memory block/.test(said)) return true;
  return port === undefined && /could not (bind|create any TCP)/.test(said);
}

async function refuseOtherVersion(data: string, version: ServerVersion): Promise<void> {
  const found = (await readFile(join(data, 'PG_VERSION'), 'utf8')).trim();
  if (found !== String(version)) {
    throw new Error(`The data in ${data} is PostgreSQL ${found}'s; this is PostgreSQL ${version}.`);
  }
}

async function stopOrphan(data: string, password: string): Promise<void> {
  const running = await findPostmaster(data);
  if (!running) return;
  const deadline = performance.now() + startDeadline;
  while (performance.now() < deadline) {
    const held = await holdCluster(superuserUrl(running.port, password));
    if (held === 'in use') {
      throw new Error(`${data} is in use by another running Daypass (PostgreSQL ${running.pid}).`);
    }
    if (held === 'not ready') {
      await sleep(30);
      continue;
    }
    await held.release();
    break;
  }
  await endPostmaster(running.pid, data, orderly);
}

/** Undefined when the server ended or the deadline (of performance.now()) passed. */
async function untilReady(
  { exited }: ServerProcess,
  url: string,
  deadline: number,
): Promise<Hold | undefined> {
  const gone = exited.then(() => 'gone' as const);
  while (performance.now() < deadline) {
    const held = await Promise.race([gone, holdCluster(url)]);
    if (held === 'gone') return undefined;
    if (typeof held === 'object') return held;
    await sleep(20);
  }
  return undefined;
}
