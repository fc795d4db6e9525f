import { constants } from 'node:fs';
import { copyFile, lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TIP } from './first-fetch.js';
import type { MirrorFolder } from './folder.js';
import { removeFolder } from './folder.js';
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
  folder: string,
  deadline_ms: number,
): Promise<boolean> {
  try {
    if (await takeAll(kept, folder, deadline_ms)) return true;
  } catch (error) {
    // Its owner may pack or remove it meanwhile, or it is broken: everything can be fetched.
    const { code } = error as NodeJS.ErrnoException;
    if (!(error instanceof GitStopped) && code === undefined) throw error;
  }
  const packs = join(folder, 'objects', 'pack');
  await removeFolder(packs);
  await mkdir(packs);
  return false;
}

async function takeAll(kept: string, folder: string, deadline_ms: number): Promise<boolean> {
  const parent = await lstat(dirname(kept));
  const top = await lstat(kept);
  if (!isOurs(parent) || (parent.mode & 0o022) !== 0) return false;
  if (!top.isDirectory() || !isOurs(top) || (top.mode & 0o077) !== 0) return false;
  const tip = await keptTip(kept);
  if (tip === null) return false;
  const from = join(kept, 'objects', 'pack');
  const names = (await readdir(from)).filter((name) => PACK.test(name));
  const sizes = await Promise.all(names.map((name) => sizeOf(join(from, name))));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (names.length === 0 || names.length > MOST_PACKS || total > MOST_BYTES) return false;
  const bounds = { deadline_ms, max_bytes: REFS_BYTES };
  const git = async (...args: readonly string[]) =>
    (await runGit(['--git-dir', folder, ...args], bounds)).code === 0;
  for (const name of names) {
    const copy = join(folder, 'objects', 'pack', name);
    await copyFile(join(from, name), copy, constants.COPYFILE_EXCL);
    await writeFile(copy.replace(/pack$/, 'promisor'), '');
    if (!(await git('index-pack', copy))) return false;
  }
  const whole = ['rev-list', '--objects', '--filter=blob:none', '--quiet'];
  return (await git(...whole, `${tip}^{commit}`)) && (await git('update-ref', TIP, tip));
}

/** The commit that the tip was in a kept folder; null when it has none. */
async function keptTip(kept: string): Promise<string | null> {
  const loose = await readOwn(join(kept, TIP));
  if (loose !== null) return /^([0-9a-f]{40})\n$/.exec(loose)?.[1] ?? null;
  const packed = (await readOwn(join(kept, 'packed-refs'))) ?? '';
  const line = packed.split('\n').find((one) => one.slice(41) === TIP);
  return /^([0-9a-f]{40}) /.exec(line ?? '')?.[1] ?? null;
}

async function readOwn(path: string): Promise<string | null> {
  const size = await sizeOf(path).catch(() => null);
  return size === null || size > REFS_BYTES ? null : readFile(path, 'latin1');
}

/** The size of a file of ours; throws for anything else, such as a link. */
async function sizeOf(path: string): Promise<number> {
  const found = await lstat(path);
  if (found.isFile() && isOurs(found)) return found.size;
  throw Object.assign(new Error(`${path} is not a file of this user`), { code: 'EPERM' });
}

function isOurs({ uid }: { readonly uid: number }): boolean {
  return process.getuid === undefined || uid === process.getuid();
}
