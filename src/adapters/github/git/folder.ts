import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../../../clients/alive.js';

/** Removes as much of a folder as possible now: a killed process may have left a git that still writes there. */
export async function removeFolder(folder: string): Promise<void> {
  const patience = { maxRetries: 3, retryDelay: 100 };
  await rm(folder, { recursive: true, force: true, ...patience }).catch(() => undefined);
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
export async function claimFolder(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(parent, `${process.pid}@${HOST}-`));
  own.add(folder);
  return folder;
}

/** The other folders below `parent`, the one that was fetched into last first. */
export async function otherFolders(parent: string, mine: string): Promise<MirrorFolder[]> {
  const found: MirrorFolder[] = [];
  for (const name of await readdir(parent)) {
    const path = join(parent, name);
    const [, pid, host = HOST] = NAME.exec(name) ?? [];
    if (pid === undefined || path === mine) continue;
    const at = await stat(join(path, 'objects', 'pack')).catch(() => null);
    const changed_ms = at?.mtimeMs ?? 0;
    const gone = Number(pid) === process.pid ? !own.has(path) : !isAlive(Number(pid));
    const over = host === HOST ? gone : Date.now() - changed_ms > FORSAKEN_MS;
    found.push({ path, changed_ms, over });
  }
  return found.sort((one, other) => other.changed_ms - one.changed_ms);
}

/** Removes what a stopped fetch left behind: no repack does that, and each retry would leave as much again. */
export async function removeHalfPacks(repository: string): Promise<void> {
  const packs = join(repository, 'objects', 'pack');
  const names = await readdir(packs).catch(() => []);
  for (const name of names) if (name.startsWith('tmp_')) await removeFolder(join(packs, name));
}
