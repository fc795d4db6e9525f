import { devNull } from 'node:os';
import { join } from 'node:path';
import { runInShell } from './shell.js';
import type { Ran } from './shell.js';

/** git exited with a code other than 0. */
export class GitError extends Error {
  constructor(
    readonly args: readonly string[],
    readonly code: number | null,
    readonly stderr: string,
  ) {
    super(`git ${args.join(' ')} ended with ${code}: ${stderr.trim()}`);
    this.name = 'GitError';
  }
}

/** The environment for every git here, with no configuration but the repository's own. */
const gitEnvironment = (): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: devNull,
  GIT_TERMINAL_PROMPT: '0',
  LC_ALL: 'C',
});

export interface RunOptions {
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Runs git and returns its output, whatever its exit code. */
export const tryGit = (args: readonly string[], options: RunOptions = {}): Promise<Ran> =>
  run('git', args, options);

let backend: Promise<string> | undefined;

/** Runs `git http-backend` directly, which saves two processes for each request of git's protocol. */
export async function tryBackend(options: RunOptions): Promise<Ran> {
  backend ??= tryGit(['--exec-path']).then(({ stdout }) =>
    join(stdout.toString().trim(), 'git-http-backend'),
  );
  return run(await backend, [], options);
}

/**
 * Runs a shell script of git commands in the bare repository `dir`; it stops at the first that fails. This starts one
 * process instead of several, and starting them is what takes time.
 */
export const tryScript = (dir: string, script: string, options: RunOptions = {}): Promise<Ran> =>
  run('sh', ['-e', '-c', script], { ...options, env: { ...options.env, GIT_DIR: dir } });

const run = (command: string, args: readonly string[], options: RunOptions): Promise<Ran> =>
  runInShell({
    command,
    args,
    env: { ...gitEnvironment(), ...options.env },
    cwd: options.cwd,
    input: options.input ?? '',
  });

/** Runs git in the bare repository `dir` and returns its output; throws GitError if it fails. */
export async function git(
  dir: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Buffer> {
  const ran = await tryGit(['--git-dir', dir, ...args], options);
  if (ran.code !== 0) throw new GitError(args, ran.code, ran.stderr);
  return ran.stdout;
}

/** The same for output of one line. */
export async function gitLine(
  dir: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  return (await git(dir, args, options)).toString().trim();
}

const REMEMBERED = 10_000;
const answers = new Map<string, Promise<Ran>>();

/**
 * The same as tryGit for answers that can never change: questions about existing objects by their full sha. Starting a
 * process is what takes time, and the same question comes often.
 */
export function askGit(dir: string, args: readonly string[], input = ''): Promise<Ran> {
  const key = [dir, ...args, input].join('\0');
  const known = answers.get(key);
  if (known) return known;
  const answer = tryGit(['--git-dir', dir, ...args], { input });
  const [oldest] = answers.keys();
  if (answers.size >= REMEMBERED && oldest !== undefined) answers.delete(oldest);
  answers.set(key, answer);
  // 0 and 1 are answers; any other code is a failure that may be temporary.
  const forget = () => void answers.delete(key);
  answer.then(({ code }) => (code === 0 || code === 1 ? undefined : forget()), forget);
  return answer;
}

/** The output of askGit; throws GitError. */
export async function askGitOutput(
  dir: string,
  args: readonly string[],
  input = '',
): Promise<Buffer> {
  const ran = await askGit(dir, args, input);
  if (ran.code !== 0) throw new GitError(args, ran.code, ran.stderr);
  return ran.stdout;
}
