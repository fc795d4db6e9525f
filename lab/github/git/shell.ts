import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A program to run to its end. */
export interface Task {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string | undefined;
  readonly input: string | Buffer;
}

export interface Ran {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Keeps a process alive until it is released. */
interface Held {
  ref(): unknown;
  unref(): unknown;
}

interface Shell {
  run(task: Task): Promise<Ran>;
  close(): void;
}

const idle: Shell[] = [];

/**
 * Runs a program by a shell that is already running. A large process, such as one that runs tests, takes tens of
 * milliseconds to start another, and does nothing else meanwhile; a shell is small.
 */
export async function runInShell(task: Task): Promise<Ran> {
  const shell = idle.pop() ?? (await openShell());
  try {
    const ran = await shell.run(task);
    idle.push(shell);
    return ran;
  } catch (error) {
    shell.close();
    throw error;
  }
}

/** Ends the idle shells; new ones start when they are needed. */
export function closeShells(): void {
  for (const shell of idle.splice(0)) shell.close();
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

async function openShell(): Promise<Shell> {
  const folder = await mkdtemp(join(tmpdir(), 'stand-in-shell-'));
  const child = spawn('sh', [], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] },
  });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('the shell has ended')));
  ended.catch(() => undefined);
  child.stdin.on('error', () => undefined);
  // However this process ends, the shell's input ends with it.
  child.stdin.write(`trap ${quoted(`rm -rf ${quoted(folder)}`)} EXIT\n`);
  // Pipes are sockets, which the types do not say.
  const held = [child, child.stdin, child.stdout] as unknown as readonly Held[];
  const [input, output, errors] = ['in', 'out', 'err'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const one of held) one.unref();
  return {
    async run({ command, args, env, cwd, input: given }) {
      for (const one of held) one.ref();
      await writeFile(input, given);
      const settings = Object.entries(env).flatMap(([name, value]) =>
        value === undefined ? [] : [`${name}=${quoted(value)}`],
      );
      const line = [...settings, quoted(command), ...args.map(quoted)].join(' ');
      const files = `<${quoted(input)} >${quoted(output)} 2>${quoted(errors)}`;
      const run = cwd === undefined ? line : `( cd ${quoted(cwd)} && ${line} )`;
      const said = once(child.stdout, 'data') as Promise<[Buffer]>;
      child.stdin.write(`${run} ${files}; echo $?\n`);
      const [code] = await Promise.race([said, ended]);
      for (const one of held) one.unref();
      return {
        code: Number(code.toString()),
        stdout: await readFile(output),
        stderr: await readFile(errors, 'utf8'),
      };
    },
    close: () => void child.stdin.end(),
  };
}
