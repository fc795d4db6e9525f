import { resolve } from 'node:path';
import type { FileVersion } from '../../../core/change/snapshot.js';
import { Unreadable } from '../../../ports.js';
import { readFileOnDisk } from './file-on-disk.js';
import type { Git } from './git.js';
import { createGit } from './git.js';
import type { Ran } from './run.js';
import { lastLine, runGit } from './run.js';

const BOUNDS = { deadline_ms: 30_000, max_bytes: 64 * 1024 * 1024 };
const MAX_PATHS = 3_000;

/** The repository of a working tree, and its files. */
export interface WorkingTree extends Git {
  /**
   * The files below `folders` that git tracks or would add, as they are on disk. Throws `Unreadable` when there are
   * more than 3,000.
   */
  readFiles(folders: readonly string[]): Promise<ReadonlyMap<string, FileVersion>>;
}

/**
 * Opens the working tree that `folder` is in. It is read by git alone, without any network and without running
 * anything that the repository brings: no hooks, filters or monitors. Every method throws `Unreadable` with git's words
 * when git fails.
 */
export async function openWorkingTree(folder: string): Promise<WorkingTree> {
  const top = await runIn(folder, ['rev-parse', '--show-toplevel']);
  const root = resolve(top.stdout.toString('utf8').replace(/\n$/, ''));
  const git = createGit({
    run: (args, input) => runIn(root, args, input),
    damaged: (what) => new Unreadable(`this repository is damaged: ${what}`),
  });
  return {
    ...git,
    async readFiles(folders) {
      const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--'];
      const { stdout } = await runIn(root, [...list, ...folders]);
      const names = stdout.toString('utf8').split('\0').filter(Boolean);
      // A repository inside this one is listed with a slash.
      const paths = [...new Set(names.map((name) => name.replace(/\/$/, '')))];
      if (paths.length > MAX_PATHS) {
        const where = folders.map((name) => `${name}/`).join(' and ');
        throw new Unreadable(`${where} have ${paths.length} files; at most ${MAX_PATHS} are read`);
      }
      const found = new Map<string, FileVersion>();
      for (const path of paths) {
        const version = await readFileOnDisk(root, path);
        if (version) found.set(path, version);
      }
      return found;
    },
  };
}

async function runIn(folder: string, args: readonly string[], input?: string): Promise<Ran> {
  const config = {
    // Programs that the repository's own configuration could make git run.
    'core.fsmonitor': 'false',
    // Nothing runs, so the repository may belong to another user, which is common in containers.
    'safe.directory': '*',
  };
  const ran = await runGit(['-C', folder, '--literal-pathspecs', ...args], BOUNDS, {
    config,
    ...(input !== undefined && { input }),
  });
  if (ran.code > 1) throw new Unreadable(`git says: ${lastLine(ran)}`);
  return ran;
}
