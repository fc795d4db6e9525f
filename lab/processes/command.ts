import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** A command line that has run to its end. */
export interface CommandRun {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line to its end, with this environment and the PATH. */
export async function runCommand(
  env: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<CommandRun> {
  const cwd = fileURLToPath(new URL('../../', import.meta.url));
  const child = spawn(process.execPath, ['dist/bin/cli.js', ...args], {
    cwd,
    env: { ...env, PATH: process.env.PATH },
  });
  child.stdin.end();
  const [out, err, [exit]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  return { exit, out, err };
}
