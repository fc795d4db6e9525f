import { chmod, chown, mkdir, mkdtemp, readFile, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathOnly, runProcess } from './process.js';

/** The user and group that a process runs as; shaped for the options of `child_process.spawn`. */
export interface OsAccount {
  readonly uid: number;
  readonly gid: number;
}

/** Whose account a program runs as. */
export interface RunsAs {
  /** Undefined: this process's own. */
  readonly account: OsAccount | undefined;
  /** What keeps a process that may change users from doing so; null if nothing does. */
  readonly obstacle: string | null;
}

/**
 * Numbers that neither systemd nor Debian gives to anybody, so that these users own only what Daypass hands to them;
 * `nobody` owns files of other services, such as those of the embedded PostgreSQL. One each: git gets a token, and OPA
 * reads what anybody may have written.
 */
const IDS = { git: 60_801, opa: 60_802 } as const;

/** CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_KILL, CAP_SETGID and CAP_SETUID ("capabilities", Linux): root may lack them. */
const RIGHTS = 0xe3n;

const REACH =
  'for path do case $path in /*) test -x "$path" || test -r "$path";; *) command -v "$path" >/dev/null;; esac ' +
  '|| { printf %s "$path"; exit 1; }; done';

export interface Needs {
  /** A folder for what the program works on, which is made if it is missing. */
  readonly folder: string;
  /** Folders of ours on the way to it, outermost first. */
  readonly through?: readonly string[];
  /** What the program must reach: absolute paths, or names on the PATH. */
  readonly paths: readonly string[];
}

/**
 * The account for a program that reads what strangers wrote: one of its own where this process may change users (root
 * on Linux), so that whoever takes it over can neither read this process's files and environment nor signal it. This is
 * tried once, here: a folder is handed over, and as that account everything is reached.
 */
export async function accountFor(program: keyof typeof IDS, needs: Needs): Promise<RunsAs> {
  if (!(await mayChangeUsers())) return { account: undefined, obstacle: null };
  const id = IDS[program];
  const account = { uid: id, gid: id };
  const failed = await rehearse(account, needs).catch((error: unknown) => String(error));
  return failed === null
    ? { account, obstacle: null }
    : { account: undefined, obstacle: `as user ${id}, ${failed}` };
}

async function mayChangeUsers(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  const status = await readFile('/proc/self/status', 'latin1').catch(() => '');
  const [, effective = '0'] = /^CapEff:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  return (BigInt(`0x${effective}`) & RIGHTS) === RIGHTS;
}

/** Returns in words what does not work, or null. */
async function rehearse(
  account: OsAccount,
  { folder, through = [], paths }: Needs,
): Promise<string | null> {
  for (const one of through) await letThrough(one, account);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const tried = await mkdtemp(join(folder, 'try-'));
  try {
    await chown(tried, account.uid, account.gid);
    const { end, outcome, stdout } = await runProcess('/bin/sh', ['-c', REACH, 'sh', ...paths], {
      ...account,
      cwd: tried,
      env: pathOnly(),
      deadline_ms: 10_000,
      max_bytes: 10_000,
    });
    if (end.kind !== 'exit') return `a program ${outcome}`;
    return end.code === 0 ? null : `${stdout.toString() || 'a path'} cannot be reached`;
  } finally {
    await rmdir(tried).catch(() => undefined);
  }
}

/**
 * Lets an account pass through a folder of ours that is closed to all others, and makes it if it is missing. The account
 * can neither list it nor write to it.
 */
export async function letThrough(folder: string, { gid }: OsAccount): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = await stat(folder);
  if (uid !== process.getuid?.() || (mode & 0o077) !== 0) return;
  await chown(folder, uid, gid);
  await chmod(folder, 0o710);
}
