import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Removes as much of a folder as possible now: a killed process may have left a git that still writes there. */
export async function removeFolder(folder: string): Promise<void> {
  const patience = { maxRetries: 3, retryDelay: 100 };
  await rm(folder, { recursive: true, force: true, ...patience }).catch(() => undefined);
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // A process of another user is alive, too.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
};

/**
 * Makes a new folder below `parent` for this process alone (its id is in the name), and removes those of processes that
 * are gone. Removing one that is still in use does no harm: its owner fetches again.
 */
export async function claimFolder(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true, mode: 0o700 });
  for (const name of await readdir(parent)) {
    const pid = Number(/^(\d+)-/.exec(name)?.[1]);
    if (pid > 0 && !isAlive(pid)) await removeFolder(join(parent, name));
  }
  return mkdtemp(join(parent, `${process.pid}-`));
}

/** Removes what a stopped fetch left behind: no repack does that, and each retry would leave as much again. */
export async function removeHalfPacks(repository: string): Promise<void> {
  const packs = join(repository, 'objects', 'pack');
  const names = await readdir(packs).catch(() => []);
  for (const name of names) if (name.startsWith('tmp_')) await removeFolder(join(packs, name));
}
