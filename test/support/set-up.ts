import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OsAccount } from '../../src/clients/account.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Longer than an installation with a build of OPA takes, ms. */
const LONGEST_MS = 540_000;

/** A folder with the set-up scripts, some files of this checkout and some of its own. */
export interface Stage {
  readonly folder: string;
  /** Writes a file; a `#!` at its start makes it a program. */
  write(path: string, text: string): Promise<void>;
  /**
   * Runs a program there, with only these variables, as another user if one is given. If it does not end in time, it is
   * killed with everything that it started, so that the test can show its output until then.
   */
  run(
    command: readonly [string, ...string[]],
    env?: Record<string, string>,
    account?: OsAccount,
  ): Promise<{ code: number | null; stdout: string; stderr: string }>;
  remove(): Promise<void>;
}

/** Makes a stage; `copied` are paths of this checkout beside `setup/`. */
export async function stage(copied: readonly string[] = []): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'daypass-set-up-'));
  for (const path of new Set(['setup', ...copied])) {
    await cp(join(root, path), join(folder, path), { recursive: true });
  }
  return {
    folder,
    async write(path, text) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text, { mode: text.startsWith('#!') ? 0o755 : 0o644 });
    },
    run: ([command, ...args], env = {}, account) =>
      new Promise((resolve, reject) => {
        const child = spawn(command, args, {
          cwd: folder,
          env,
          stdio: ['ignore', 'pipe', 'pipe'],
          detached: true,
          ...account,
        });
        const limit = setTimeout(() => {
          said.stderr += `killed: it did not end within ${LONGEST_MS / 1000} s\n`;
          if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
        }, LONGEST_MS);
        const said = { stdout: '', stderr: '' };
        child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
        child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
        child.on('error', reject);
        child.on('close', (code) => {
          clearTimeout(limit);
          resolve({ code, ...said });
        });
      }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
