import type { OsAccount } from '../../clients/account.js';
import { runProcess } from '../../clients/process.js';
import { COMPILE } from './limits.js';

/** How a command in the sandbox ended; `stopped` says what stopped it, null where it exited by itself. */
export interface Ended {
  readonly code: number | null;
  readonly stopped: string | null;
  readonly output: string;
}

/** A folder of the worker's own, and the account that programs run as there; undefined: the worker's own. */
export interface OpaPlace {
  readonly folder: string;
  readonly account?: OsAccount | undefined;
}

export interface Limits {
  readonly deadline_ms: number;
  readonly memory_kib: number;
  readonly file_kib: number;
  readonly output_bytes: number;
}

// RLIMIT_DATA and not the address space, of which Go reserves gigabytes that it never touches.
// `ulimit -f` counts blocks of 512 bytes (POSIX). What cannot be limited is not run. It gets the processor last (`nice`), so
// that it slows nothing that ends access.
const LIMITED =
  'ulimit -c 0 && ulimit -d "$1" && ulimit -f "$2" && shift 2 && exec nice -n 19 "$@"';

/**
 * Runs a command on files that strangers wrote (invariant 26): in a folder of its own, as an account of its own where
 * there is one, with an empty environment and no input, limited in time, memory, file size and output. Whatever it
 * starts ends with it.
 */
export async function runLimited(
  command: string,
  args: readonly string[],
  { folder, account }: OpaPlace,
  limits: Limits = COMPILE,
): Promise<Ended> {
  const { deadline_ms, output_bytes, memory_kib, file_kib } = limits;
  const blocks = [memory_kib, file_kib * 2].map(String);
  const { end, outcome, stdout, stderr } = await runProcess(
    '/bin/sh',
    ['-c', LIMITED, 'sh', ...blocks, command, ...args],
    {
      ...account,
      cwd: folder,
      env: {},
      deadline_ms,
      max_bytes: output_bytes,
      count_stderr: true,
    },
  );
  return {
    code: end.kind === 'exit' ? end.code : null,
    stopped: end.kind === 'exit' ? null : `it ${outcome}`,
    output: Buffer.concat([stdout, stderr]).toString('utf8'),
  };
}

/** What a command wrote, as JSON; null where it is none. */
export function jsonOf(output: string): unknown {
  try {
    return JSON.parse(output);
  } catch {
    return null;
  }
}
