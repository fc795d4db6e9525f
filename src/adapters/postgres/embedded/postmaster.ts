import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runProcess } from '../../../clients/process.js';
import { serverEnvironment } from './initdb.js';

/** A server process that holds a data directory. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

/**
 * Reads who holds the data directory, from `postmaster.pid` (lines: pid, data directory, start,
 * port, …). Undefined when nobody does. After a restart of the machine or the container the pid
 * may be another program's, which PostgreSQL itself would not start beside: the pid is then
 * replaced by an impossible one, which leaves its check of left-over shared memory to PostgreSQL.
 */
export async function findPostmaster(data: string): Promise<Postmaster | undefined> {
  const path = join(data, 'postmaster.pid');
  const lines = (await readFile(path, 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid < 1) return undefined;
  if (await holds(pid, data)) return { pid, port: Number(lines[3]) };
  await writeFile(path, ['2147483646', ...lines.slice(1)].join('\n'));
  return undefined;
}

/** Whether a process runs that was started on the data directory; a zombie does not. */
async function holds(pid: number, data: string): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => processStatus(pid));
  return line.includes(data);
}

/** The command line on systems without /proc. */
async function processStatus(pid: number): Promise<string> {
  const { stdout } = await runProcess('ps', ['-ww', '-o', 'command=', '-p', String(pid)], {
    env: serverEnvironment,
    deadline_ms: 10_000,
    max_bytes: 1024 * 1024,
  });
  return stdout.toString();
}

/** How a server is asked to end: each signal with the milliseconds it is given. */
export type Ending = readonly (readonly [NodeJS.Signals, number])[];

/** Fast shutdown (sessions are ended, data is written), then immediate, then by force. */
export const orderly: Ending = [
  ['SIGINT', 10_000],
  ['SIGQUIT', 5_000],
  ['SIGKILL', 5_000],
];

/** For data that nobody needs again. */
export const atOnce: Ending = orderly.slice(1);

/**
 * Ends the server on a data directory and returns when it is gone. Throws when even SIGKILL did
 * not end it.
 */
export async function endPostmaster(pid: number, data: string, ending: Ending): Promise<void> {
  for (const [signal, milliseconds] of ending) {
    const deadline = performance.now() + milliseconds;
    if (await holds(pid, data)) process.kill(pid, signal);
    while (await holds(pid, data)) {
      if (performance.now() > deadline) break;
      await sleep(10);
    }
  }
  if (await holds(pid, data)) throw new Error(`PostgreSQL (process ${pid}) cannot be ended.`);
}

/** Ends the server on a data directory, if there is one. */
export async function endData(data: string, ending: Ending): Promise<void> {
  const running = await findPostmaster(data);
  if (running) await endPostmaster(running.pid, data, ending);
}
