import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** One of our processes, run the way an operator would. */
export interface Program {
  readonly pid: number;
  /** Every line that it wrote, oldest first. */
  readonly lines: readonly string[];
  /** Resolves with the first line that `matches`, even one that is there already. */
  line(matches: (line: string) => boolean, within_ms?: number): Promise<string>;
  /** Sends a signal and waits for the end; returns the exit code, null if a signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  readonly exited: Promise<number | null>;
}

/** Starts `node` with `args` in the checkout, with only `env` and the PATH in its environment. */
export function startProgram(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Program {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      waiting.forEach((look) => look());
    });
  }
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const tail = () => lines.slice(-30).join('\n');
  return {
    pid: child.pid ?? 0,
    lines,
    exited,
    line: (matches, within_ms = 30_000) =>
      new Promise((resolve, reject) => {
        const end = (settle: () => void) => {
          clearTimeout(timer);
          waiting.delete(look);
          settle();
        };
        const look = () => {
          const found = lines.find(matches);
          if (found !== undefined) end(() => resolve(found));
        };
        const timer = setTimeout(
          () =>
            end(() =>
              reject(
                new Error(
                  `no such line of ${args.join(' ')} in ${String(within_ms)} ms:\n${tail()}`,
                ),
              ),
            ),
          within_ms,
        );
        waiting.add(look);
        void exited.then((code) => {
          look();
          end(() => reject(new Error(`${args.join(' ')} ended (${String(code)}):\n${tail()}`)));
        });
        look();
      }),
    end: async (signal) => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return exited;
    },
  };
}
