import { spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';

/** The least environment in which programs are found: nothing else of the worker's. */
export const pathOnly = () => ({ PATH: process.env['PATH'] ?? '' });

export interface ProcessOptions {
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** How long the process may run, in milliseconds. */
  readonly deadline_ms: number;
  /** How much it may write to standard output before it is killed. */
  readonly max_bytes: number;
  /** Counts standard error against `max_bytes` too. By default only the end of it is kept, and no amount of it kills. */
  readonly count_stderr?: boolean;
  readonly cwd?: string;
  /** Its standard input: text, or the descriptor of a file; empty by default. */
  readonly input?: string | number;
  /**
   * What it and its children can read from file descriptor 3: secrets, which do not belong in an environment or a command
   * line, because other programs of the machine can read those.
   */
  readonly secret?: string;
  readonly uid?: number;
  readonly gid?: number;
}

/** How a process ended: by itself, by somebody's signal, at its deadline, at its output cap, or before it began. */
export type ProcessEnd =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals }
  | { readonly kind: 'deadline' }
  | { readonly kind: 'output' }
  | { readonly kind: 'not-started'; readonly cause: Error };

/** What is kept of a standard error that does not count: its end, where programs say why they failed. */
const STDERR_BYTES = 16 * 1024;

/** A process that is over, and what it wrote up to its output cap; of standard error perhaps only the end. */
export interface ProcessRun {
  readonly end: ProcessEnd;
  /** The end in words that follow the program's name: "did not end within 500 ms". */
  readonly outcome: string;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/**
 * Runs a program to its end, without a shell. It leads a process group of its own, all of which is killed when it
 * exits, at its deadline and at its output cap: no helper outlives it. Never rejects: `end` says how it went.
 */
export function runProcess(
  program: string,
  args: readonly string[],
  { deadline_ms, max_bytes, count_stderr = false, input, secret, ...options }: ProcessOptions,
): Promise<ProcessRun> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  const over = (end: ProcessEnd): ProcessRun => ({
    end,
    outcome: endInWords(end, deadline_ms, max_bytes),
    stdout: Buffer.concat(stdout),
    stderr: Buffer.concat(stderr),
  });
  return new Promise<ProcessRun>((resolve) => {
    const stdin = typeof input === 'string' ? 'pipe' : (input ?? 'ignore');
    const child = spawn(program, args, {
      ...options,
      detached: true,
      stdio: [stdin, 'pipe', 'pipe', ...(secret === undefined ? [] : ['pipe' as const])],
    });
    const told = child.stdio[3] as Duplex | undefined;
    let stopped: ProcessEnd | null = null;
    const stop = (kind: 'deadline' | 'output'): void => {
      stopped ??= { kind };
      // Once it has exited its group is gone, and the id may be another's.
      if (child.exitCode === null && child.signalCode === null) killGroup(child.pid);
      // A process that left the group may hold the other end of a pipe open for ever.
      for (const stream of [child.stdin, child.stdout, child.stderr, told]) stream?.destroy();
    };
    const timer = setTimeout(() => stop('deadline'), deadline_ms);
    let bytes = 0;
    const counted = (kept: Buffer[]) => (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > max_bytes) stop('output');
      else kept.push(chunk);
    };
    const cut = (chunk: Buffer): void => {
      const end = Buffer.concat([...stderr.splice(0), chunk]);
      stderr.push(Buffer.from(end.subarray(-STDERR_BYTES)));
    };
    child.stdout?.on('data', counted(stdout));
    child.stderr?.on('data', count_stderr ? counted(stderr) : cut);
    // A program may end before it has read its input; its exit code says what happened.
    child.stdin?.on('error', () => undefined).end(input);
    told?.on('error', () => undefined).resume();
    told?.end(secret);
    child.on('exit', () => killGroup(child.pid));
    const settle = (end: ProcessEnd): void => {
      clearTimeout(timer);
      resolve(over(end));
    };
    child.on('error', (cause) => settle({ kind: 'not-started', cause }));
    child.on('close', (code, signal) => {
      if (stopped) settle(stopped);
      else if (signal) settle({ kind: 'signal', signal });
      else settle({ kind: 'exit', code: code ?? -1 });
    });
    // What `spawn` throws at once, such as for a command line that is too long.
  }).catch((cause: unknown) => over({ kind: 'not-started', cause: cause as Error }));
}

/** An end in words that follow the program's name. */
export function endInWords(end: ProcessEnd, deadline_ms: number, max_bytes: number): string {
  switch (end.kind) {
    case 'exit':
      return `exited with ${end.code}`;
    case 'signal':
      return `was ended by ${end.signal}`;
    case 'deadline':
      return `did not end within ${deadline_ms} ms`;
    case 'output':
      return `wrote more than ${max_bytes} bytes`;
    case 'not-started':
      return `could not be started: ${end.cause.message}`;
  }
}

/** Kills every process of the group that this one leads. */
export function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody of the group is left.
  }
}
