import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { mayHold } from '../config.js';

type Env = Readonly<Record<string, string | undefined>>;

export type Name = 'web' | 'worker' | 'release';

/** The environment of one process: nothing that is another's secret. */
export function environmentOf(name: Name, env: Env): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(
      (pair): pair is [string, string] => pair[1] !== undefined && mayHold(name, pair[0]),
    ),
  );
}

function start(name: Name, env: Env): ChildProcess {
  // In its own group, so that Ctrl-C reaches only the process that closes the others in order.
  const file = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
  const args = existsSync(file) ? [file] : ['--import', 'tsx', file.replace(/\.js$/, '.ts')];
  return spawn(process.execPath, args, {
    env: environmentOf(name, env),
    // The channel says nothing; when it breaks, the process knows that its keeper is gone.
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: true,
  });
}

/** Runs a process to its end. Throws where it failed. */
export async function runOnce(name: Name, env: Env): Promise<void> {
  const [code] = (await once(start(name, env), 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${name} ended with ${String(code)}`);
}

/** A process that is started again whenever it ends by itself, after a pause that grows to 30 s. */
export interface Kept {
  /** SIGTERM, and SIGKILL where it has not ended within `within_ms`. */
  stop(within_ms: number): Promise<void>;
}

/** Starts a process and keeps it running; `said` is told of each end that nobody asked for. */
export function keepRunning(name: Name, env: Env, said: (line: string) => void): Kept {
  let child: ChildProcess;
  const stopping = new AbortController();
  const over = () => stopping.signal.aborted;
  const loop = (async () => {
    let failures = 0;
    while (!over()) {
      const since = performance.now();
      child = start(name, env);
      await once(child, 'exit');
      if (over()) return;
      failures = performance.now() - since > 60_000 ? 0 : failures + 1;
      const pause = Math.min(30_000, 250 * 2 ** failures);
      said(
        `${name} ended (${String(child.exitCode ?? child.signalCode)}); started again in ${String(pause)} ms`,
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
