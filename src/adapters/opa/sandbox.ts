import { spawn } from 'node:child_process';
import { COMPILE } from './limits.js';

/** How a command in the sandbox ended. `stopped` says what stopped it, where it did not end by itself. */
export interface Ended {
  readonly code: number | null;
  readonly stopped: string | null;
  readonly output: string;
}

export interface Limits {
  readonly deadline_ms: number;
  readonly memory_kib: number;
  readonly file_kib: number;
  readonly output_bytes: number;
}

// RLIMIT_DATA and not the address space, of which Go reserves gigabytes that it never touches.
// `ulimit -f` counts blocks of 512 bytes (POSIX). What cannot be limited is not run.
const LIMITED = 'ulimit -c 0 && ulimit -d "$1" && ulimit -f "$2" && shift 2 && exec "$@"';

/**
 * Runs a command that reads what strangers wrote (invariant 26): in a folder of its own, with an empty
 * environment and nothing on its input, limited in time, memory, file size and output. Whatever it started is
 * ended with it.
 */
export function runLimited(
  command: string,
  args: readonly string[],
  folder: string,
  limits: Limits = COMPILE,
): Promise<Ended> {
  return new Promise((resolve) => {
    const blocks = [limits.memory_kib, limits.file_kib * 2].map(String);
    const child = spawn('/bin/sh', ['-c', LIMITED, 'sh', ...blocks, command, ...args], {
      cwd: folder,
      env: {},
      stdio: ['ignore', 'pipe', 'pipe'],
      // Its own process group, so that all of it can be ended.
      detached: true,
    });
    const output: Buffer[] = [];
    let bytes = 0;
    let stopped: string | null = null;
    const stop = (why: string): void => {
      stopped ??= why;
      if (child.pid !== undefined) endGroup(child.pid);
    };
    const timer = setTimeout(
      () => stop(`it took longer than ${limits.deadline_ms} ms`),
      limits.deadline_ms,
    );
    const take = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > limits.output_bytes) stop(`it wrote more than ${limits.output_bytes} bytes`);
      else output.push(chunk);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    const end = (code: number | null, why: string | null): void => {
      clearTimeout(timer);
      resolve({ code, stopped: stopped ?? why, output: Buffer.concat(output).toString('utf8') });
    };
    child.on('error', (error) => end(null, error.message));
    child.on('close', (code, signal) => end(code, signal === null ? null : `ended by ${signal}`));
  });
}

/** What a command said, as JSON; null where it is none. */
export function jsonOf(output: string): unknown {
  try {
    return JSON.parse(output);
  } catch {
    return null;
  }
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // Already gone.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
