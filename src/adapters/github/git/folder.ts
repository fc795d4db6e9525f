import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { chown, lstat, mkdir, mkdtemp, open, readdir, rm, rmdir, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { letThrough, type OsAccount } from '../../../clients/account.js';
import { isAlive } from '../../../clients/alive.js';
import { pathOnly, runProcess } from '../../../clients/process.js';

/** The folder of a clone, and the account that it belongs to and git runs as there; undefined: this process's own. */
export interface CloneFolder {
  readonly path: string;
  readonly account: OsAccount | undefined;
}

const BOUNDS = { deadline_ms: 60_000, max_bytes: 10_000 };

/**
 * Removes what a shell's pattern names in a folder, as the account that the folder belongs to: for that account's links
 * would lead root anywhere.
 */
async function removeAs(
  account: OsAccount | undefined,
  folder: string,
  pattern: string,
): Promise<void> {
  const args = ['-c', 'cd -- "$1" && rm -rf -- $2', 'sh', folder, pattern];
  await runProcess('/bin/sh', args, { ...BOUNDS, ...account, cwd: '/', env: pathOnly() });
}

/**
 * Removes as much of a folder as possible now: a killed process may have left a git that still writes there. The folder
 * above it is this process's own.
 */
export async function removeFolder(folder: string): Promise<void> {
  const found = await lstat(folder).catch(() => null);
  if (found === null) return;
  const { uid, gid } = found;
  if (process.getuid === undefined || uid === process.getuid()) {
    const patience = { maxRetries: 3, retryDelay: 100 };
    await rm(folder, { recursive: true, force: true, ...patience }).catch(() => undefined);
  } else {
    await removeAs({ uid, gid }, folder, '* .[!.]*');
    await rmdir(folder).catch(() => undefined);
  }
}

/** The process and the machine (or container) in the name of a folder; older versions named no machine. */
const NAME = /^(\d+)(?:@(.*))?-[^-]*$/;
const HOST = hostname().replaceAll(/[^A-Za-z0-9.-]/g, '_');

/** After this long without a fetch, the folder of a process on another machine is removed, ms. */
const FORSAKEN_MS = 86_400_000;

/** The folders that this process has made: after a restart in a container, another one had the same id. */
const own = new Set<string>();

/** A folder of a mirror. */
export interface MirrorFolder {
  readonly path: string;
  /** When something was last fetched into it, in ms of its file system's clock. */
  readonly changed_ms: number;
  /** Nobody uses it any more. */
  readonly over: boolean;
}

/** Makes a new folder below `parent` for this process alone: its id and its machine are in the name. */
export async function claimFolder(
  parent: string,
  account: OsAccount | undefined,
): Promise<CloneFolder> {
  if (account) await letThrough(parent, account);
  else await mkdir(parent, { recursive: true, mode: 0o700 });
  const path = await mkdtemp(join(parent, `${process.pid}@${HOST}-`));
  own.add(path);
  if (account) await chown(path, account.uid, account.gid);
  return { path, account };
}

/** The other folders below `parent`, the one that was fetched into last first. */
export async function otherFolders(parent: string, mine: string): Promise<MirrorFolder[]> {
  const found: MirrorFolder[] = [];
  for (const name of await readdir(parent)) {
    const path = join(parent, name);
    const [, pid, host = HOST] = NAME.exec(name) ?? [];
    if (pid === undefined || path === mine) continue;
    const at = await stat(packsOf(path)).catch(() => null);
    const changed_ms = at?.mtimeMs ?? 0;
    const gone = Number(pid) === process.pid ? !own.has(path) : !isAlive(Number(pid));
    const over = host === HOST ? gone : Date.now() - changed_ms > FORSAKEN_MS;
    found.push({ path, changed_ms, over });
  }
  return found.sort((one, other) => other.changed_ms - one.changed_ms);
}

/** Where a repository keeps its packs. */
export const packsOf = (repository: string): string => join(repository, 'objects', 'pack');

/**
 * Removes packs: all of them, or what a stopped fetch left behind, because no repack does that, and each retry would
 * leave as much again.
 */
export async function removePacks(
  { path, account }: CloneFolder,
  which: 'all' | 'half',
): Promise<void> {
  await removeAs(account, packsOf(path), which === 'all' ? '*' : 'tmp_*');
}

/**
 * Opens a plain file that belongs to `uid`. Whoever may write to its folder may have put something else there: a link is
 * not followed, and nothing waits for the other end of a pipe.
 */
export async function openPlain(path: string, uid: number | undefined): Promise<FileHandle> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  const found = await file.stat().catch(() => null);
  if (found?.isFile() && (uid === undefined || found.uid === uid)) return file;
  await file.close();
  throw Object.assign(new Error(`${path} is not a file of user ${uid}`), { code: 'EPERM' });
}

/** The text of a small plain file that belongs to `uid`; null if there is none, or it is larger. */
export async function readSmall(
  path: string,
  uid: number | undefined,
  max_bytes: number,
): Promise<string | null> {
  const file = await openPlain(path, uid).catch(() => null);
  if (file === null) return null;
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(max_bytes + 1), 0);
    return bytesRead > max_bytes ? null : buffer.toString('latin1', 0, bytesRead);
  } finally {
    await file.close();
  }
}
