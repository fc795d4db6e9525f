import { spawn } from 'node:child_process';
import { devNull } from 'node:os';

/** What one run of git may take: its life in milliseconds, and bytes of output. */
export interface Bounds {
  readonly deadline_ms: number;
  readonly max_bytes: number;
}

export interface Ran {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** git was stopped at its deadline or its output cap, or could not be started. */
export class GitStopped extends Error {
  override readonly name = 'GitStopped';
  constructor(
    message: string,
    /** At its deadline. */
    readonly late: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const STDERR_BYTES = 16 * 1024;

/**
 * git's settings by environment: what is secret in them never stands in a command line or on disk, where
 * other users of the machine could read it.
 */
const settings = (pairs: Readonly<Record<string, string>>): Record<string, string> => {
  const entries = Object.entries(pairs);
  return Object.fromEntries([
    ['GIT_CONFIG_COUNT', String(entries.length)],
    ...entries.flatMap(([key, value], i) => [
      [`GIT_CONFIG_KEY_${i}`, key],
      [`GIT_CONFIG_VALUE_${i}`, value],
    ]),
  ]) as Record<string, string>;
};

/**
 * Runs git with nobody's configuration, hooks or credentials but `config`, speaking only `protocol` (null:
 * none at all, so that nothing is ever fetched behind our back). Answers whatever its exit code;
 * throws `GitStopped` when it took too long or said too much.
 */
export function runGit(
  args: readonly string[],
  bounds: Bounds,
  options: {
    readonly input?: string;
    readonly config?: Readonly<Record<string, string>>;
    readonly protocol?: string | null;
  } = {},
): Promise<Ran> {
  const child = spawn('git', args, {
    // A group of its own, so that the helpers git starts end with it.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: devNull,
      LC_ALL: 'C',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: devNull,
      GIT_TERMINAL_PROMPT: '0',
      GIT_NO_REPLACE_OBJECTS: '1',
      GIT_ALLOW_PROTOCOL: options.protocol ?? 'none',
      ...settings({ 'core.hooksPath': devNull, ...options.config }),
    },
  });
  return new Promise((resolve, reject) => {
    let stopped: { readonly why: string; readonly late: boolean } | null = null;
    const stop = (why: string, late: boolean) => {
      stopped ??= { why, late };
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has just ended by itself.
      }
    };
    const timer = setTimeout(
      () => stop(`did not end within ${bounds.deadline_ms} ms`, true),
      bounds.deadline_ms,
    );
    const out: Buffer[] = [];
    let size = 0;
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > bounds.max_bytes) stop(`said more than ${bounds.max_bytes} bytes`, false);
      else out.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (stderr.length < STDERR_BYTES) stderr += chunk.toString('latin1');
    });
    // git may end before it has read everything; its exit code says what happened.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    child.on('error', (cause) => {
      clearTimeout(timer);
      reject(new GitStopped(`git could not be started: ${cause.message}`, false, { cause }));
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      const name = args.find((arg) => /^[a-z]/.test(arg)) ?? 'git';
      if (stopped) reject(new GitStopped(`git ${name} ${stopped.why}`, stopped.late));
      else resolve({ code: code ?? 128, stdout: Buffer.concat(out), stderr });
    });
  });
}
