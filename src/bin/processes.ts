import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { mayHold, type Env } from '../config.js';

/** A program of this folder; `decide` is what `pdp` supervises. */
export type Name = 'web' | 'worker' | 'release' | 'pdp' | 'decide';

/** The environment for one process, without the secrets of the others. */
export function processEnvironment(name: Name, env: Env): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(
      (pair): pair is [string, string] =>
        pair[1] !== undefined && mayHold(name === 'decide' ? 'pdp' : name, pair[0]),
    ),
  );
}

function start(name: Name, env: Env): ChildProcess {
  // In a process group of its own: Ctrl-C must reach only this process, which closes the others in order.
  const file = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
  const args = existsSync(file) ? [file] : ['--import', 'tsx', file.replace(/\.js$/, '.ts')];
  return spawn(process.execPath, args, {
    env: processEnvironment(name, env),
    // When the channel closes, the child knows that this process has died. Only `decide` says anything over it.
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: true,
  });
}

/** Runs a process until it exits. Throws if it fails. */
export async function runOnce(name: Name, env: Env): Promise<void> {
  const [code, signal] = (await once(start(name, env), 'exit')) as [number | null, string | null];
  if (code !== 0) throw new Error(`${name} failed: it exited with ${String(code ?? signal)}`);
}

/** A process that is restarted whenever it exits by itself, after a pause that grows to 30 s. */
export interface Kept {
  /** Sends SIGTERM, and SIGKILL if the process is still running after `within_ms`. */
  stop(within_ms: number): Promise<void>;
}

/**
 * Ends a process that has begun to say that it is alive and then says nothing for `silence_ms`: it is in a loop that it
 * does not come back from.
 */
function endWhenSilent(child: ChildProcess, silence_ms: number): void {
  let timer: NodeJS.Timeout | undefined;
  child.on('message', () => {
    clearTimeout(timer);
    timer = setTimeout(() => child.kill('SIGKILL'), silence_ms);
  });
  child.once('exit', () => clearTimeout(timer));
}

/**
 * Starts a process and keeps it running; calls `said` with a line for each unexpected exit. With `silence_ms` a process
 * that no longer says that it is alive is ended.
 */
export function keepRunning(
  name: Name,
  env: Env,
  said: (line: string) => void,
  silence_ms?: number,
): Kept {
  let child: ChildProcess;
  const stopping = new AbortController();
  const over = () => stopping.signal.aborted;
  const loop = (async () => {
    let failures = 0;
    while (!over()) {
      const since = performance.now();
      child = start(name, env);
      if (silence_ms !== undefined) endWhenSilent(child, silence_ms);
      await once(child, 'exit');
      if (over()) return;
      failures = performance.now() - since > 60_000 ? 0 : failures + 1;
      const pause = Math.min(30_000, 250 * 2 ** failures);
      said(
        `${name} exited unexpectedly (${String(child.exitCode ?? child.signalCode)}); restarting it in ${String(pause)} ms`,
      );
      await sleep(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  return {
    stop: async (within_ms) => {
      stopping.abort();
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        const harder = setTimeout(() => child.kill('SIGKILL'), within_ms);
        await loop;
        clearTimeout(harder);
      } else await loop;
    },
  };
}
