import { spawn } from 'node:child_process';
import { chown, open, stat, truncate } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { OsAccount } from '../../../clients/account.js';
import { serverEnvironment } from './initdb.js';

/** A server process, not necessarily ready. */
export interface ServerProcess {
  readonly pid: number;
  readonly exited: Promise<void>;
  /** Where this start begins in the log, in bytes. */
  readonly logFrom: number;
}

/**
 * Starts the server process. The log is a file and the process a group of its own: the server
 * outlives its starter's death and the terminal's Ctrl-C, until those who use it are done.
 */
export async function spawnServer(
  binaries: string,
  data: string,
  log: string,
  flags: readonly string[],
  account: OsAccount | undefined,
): Promise<ServerProcess> {
  const file = await open(log, 'a', 0o600);
  try {
    if (account) await chown(log, account.uid, account.gid);
    if ((await stat(log)).size > 5_000_000) await truncate(log);
    const logFrom = (await stat(log)).size;
    const child = spawn(join(binaries, 'bin', 'postgres'), ['-D', data, ...flags], {
      ...account,
      cwd: data,
      env: serverEnvironment,
      detached: true,
      stdio: ['ignore', file.fd, file.fd],
    });
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    return { pid: child.pid as number, exited, logFrom };
  } finally {
    await file.close();
  }
}

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No free port.');
  return address.port;
}
