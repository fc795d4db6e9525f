import { randomBytes } from 'node:crypto';
import { chown, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OsAccount } from '../../../clients/account.js';
import { runProcess } from '../../../clients/process.js';
import { privateFolder } from './account.js';

/** A data directory that is ready to be started. */
export interface DataDirectory {
  readonly data: string;
  /** Of the superuser `postgres`. */
  readonly password: string;
}

/** What every program of the server gets: nothing of Daypass's own environment. */
export const serverEnvironment = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' };

/** initdb takes seconds, also on a slow disk. */
const bounds = { deadline_ms: 300_000, max_bytes: 1024 * 1024 };

/**
 * Finds the data directory in `folder`, or makes it. initdb works in a folder of its own that is renamed when whole:
 * an interrupted one is not used, but removed and made again.
 */
export async function ensureDataDirectory(
  folder: string,
  binaries: string,
  account: OsAccount | undefined,
  durable: boolean,
): Promise<DataDirectory> {
  const cluster = join(folder, 'cluster');
  await privateFolder(folder, account);
  const names = await readdir(folder);
  if (!names.includes('cluster')) {
    const cut = names.filter((name) => name.startsWith('initdb-'));
    for (const name of cut) {
      await rm(join(folder, name), { recursive: true, force: true, maxRetries: 5 });
    }
    const half = await mkdtemp(join(folder, 'initdb-'));
    await initialise(half, binaries, account, durable);
    await rename(half, cluster);
  }
  const password = await readFile(join(cluster, 'password'), 'utf8');
  return { data: join(cluster, 'data'), password };
}

async function initialise(
  half: string,
  binaries: string,
  account: OsAccount | undefined,
  durable: boolean,
): Promise<void> {
  const password = join(half, 'password');
  await writeFile(password, randomBytes(24).toString('base64url'), { mode: 0o600 });
  if (account) for (const path of [half, password]) await chown(path, account.uid, account.gid);
  const flags = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${password}`];
  // The C locale is the same on every machine, so sorting does not change with the machine or an upgrade of libc.
  flags.push('--encoding=UTF8', '--no-locale', '--no-instructions');
  if (!durable) flags.push('--no-sync');
  const { end, outcome, stderr } = await runProcess(
    join(binaries, 'bin', 'initdb'),
    [`--pgdata=${join(half, 'data')}`, ...flags],
    { ...account, cwd: half, env: serverEnvironment, ...bounds },
  );
  if (end.kind === 'exit' && end.code === 0) return;
  const said = stderr.toString().slice(-2000).trim();
  throw new Error(`initdb ${outcome}: ${said}`);
}
