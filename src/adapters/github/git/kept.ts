import { lstat, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { OsAccount } from '../../../clients/account.js';
import { TIP } from './first-fetch.js';
import type { CloneFolder, MirrorFolder } from './folder.js';
import { openPlain, packsOf, readSmall, removePacks } from './folder.js';
import { GitStopped, runGit } from './run.js';

const PACK = /^pack-[0-9a-f]{40}\.pack$/;
const MOST_PACKS = 1_000;
const MOST_BYTES = 1024 * 1024 * 1024;
const REFS_BYTES = 1024 * 1024;

/**
 * Gives a new, empty clone what an earlier one holds, so that only what is new must be fetched; false if it cannot be
 * used, and then the clone is empty again. Nothing of the old folder is trusted: only packs and the id of its tip are
 * taken, as copies; git works out anew which objects are in the packs, each of which is named by its own hash, and
 * whether they are the whole history of that tip. Its configuration, hooks and indices are left where they are. Folders
 * that others may write to, or that belong to somebody else, are not used at all.
 */
export async function takeKept(
  { path: kept }: MirrorFolder,
  folder: CloneFolder,
  deadline_ms: number,
): Promise<boolean> {
  try {
    if (await takeAll(kept, folder, deadline_ms)) return true;
  } catch (error) {
    // Its owner may pack or remove it meanwhile, or it is broken: everything can be fetched.
    const { code } = error as NodeJS.ErrnoException;
    if (!(error instanceof GitStopped) && code === undefined) throw error;
  }
  await removePacks(folder, 'all');
  return false;
}

async function takeAll(
  kept: string,
  { path, account }: CloneFolder,
  deadline_ms: number,
): Promise<boolean> {
  const parent = await lstat(dirname(kept));
  const top = await lstat(kept);
  if (!isOurs(parent) || (parent.mode & 0o022) !== 0) return false;
  if (!top.isDirectory() || !isOurs(top, account) || (top.mode & 0o077) !== 0) return false;
  const tip = await keptTip(kept, top.uid);
  if (tip === null) return false;
  const names = (await readdir(packsOf(kept))).filter((name) => PACK.test(name));
  if (names.length === 0 || names.length > MOST_PACKS) return false;
  const bounds = { deadline_ms, max_bytes: REFS_BYTES };
  const git = async (args: readonly string[], input?: number) => {
    const given = input === undefined ? { account } : { account, input };
    return (await runGit(['--git-dir', path, ...args], bounds, given)).code === 0;
  };
  let total = 0;
  for (const name of names) {
    const pack = await openPlain(join(packsOf(kept), name), top.uid);
    try {
      total += (await pack.stat()).size;
      if (total > MOST_BYTES) return false;
      if (!(await git(['index-pack', '--stdin', '--promisor'], pack.fd))) return false;
    } finally {
      await pack.close();
    }
  }
  const whole = ['rev-list', '--objects', '--filter=blob:none', '--quiet'];
  return (await git([...whole, `${tip}^{commit}`])) && (await git(['update-ref', TIP, tip]));
}

/** The commit that the tip was in a kept folder; null when it has none. */
async function keptTip(kept: string, uid: number): Promise<string | null> {
  const loose = await readSmall(join(kept, TIP), uid, REFS_BYTES);
  if (loose !== null) return /^([0-9a-f]{40})\n$/.exec(loose)?.[1] ?? null;
  const packed = (await readSmall(join(kept, 'packed-refs'), uid, REFS_BYTES)) ?? '';
  const line = packed.split('\n').find((one) => one.slice(41) === TIP);
  return /^([0-9a-f]{40}) /.exec(line ?? '')?.[1] ?? null;
}

/** Of this process's user, or of the account that its git runs as. */
function isOurs({ uid }: { readonly uid: number }, account?: OsAccount): boolean {
  return process.getuid === undefined || uid === process.getuid() || uid === account?.uid;
}
