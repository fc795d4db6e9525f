import {
  createLineProcess,
  LineProcessOver,
  type LineProcess,
} from '../../../clients/line-process.js';
import { Damaged } from './fetch.js';
import type { CloneFolder } from './folder.js';
import { gitEnvironment, GitStopped } from './run.js';

/** Each answer repeats at most the name that was asked for. */
const BOUNDS = { deadline_ms: 30_000, max_bytes: 1024 * 1024, idle_ms: 10_000 };

/** What `git cat-file --batch-check` says about each name; one goes on running, since most of what git is asked is this. */
export interface ObjectCheck {
  /** Names contain no line feed. Throws `Damaged` if git gave up, `GitStopped` if it took too long or could not start. */
  ask(names: readonly string[]): Promise<readonly string[]>;
  close(): void;
}

/** Asks about the objects of a clone, once its folder is there. */
export function createObjectCheck(ready: () => Promise<CloneFolder>): ObjectCheck {
  let running: LineProcess | null = null;
  return {
    async ask(names) {
      const { path, account } = await ready();
      running ??= createLineProcess('git', ['--git-dir', path, 'cat-file', '--batch-check'], {
        ...BOUNDS,
        ...(account && { ...account, cwd: '/' }),
        env: gitEnvironment(),
      });
      try {
        return await running.ask(names);
      } catch (error) {
        if (!(error instanceof LineProcessOver)) throw error;
        const { end, message } = error;
        if (end.kind === 'exit' || end.kind === 'signal')
          throw new Damaged(`git cat-file ${message}`);
        const cause = end.kind === 'not-started' ? { cause: end.cause } : {};
        throw new GitStopped(`git cat-file ${message}`, end.kind === 'deadline', cause);
      }
    },
    close: () => running?.close(),
  };
}
