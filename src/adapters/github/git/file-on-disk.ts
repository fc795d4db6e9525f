import { createHash } from 'node:crypto';
import { lstat, readFile, readlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FileVersion } from '../../../core/change/snapshot.js';
import { BLOB_LIMIT } from './git.js';

const SUBMODULE: FileVersion = { mode: '160000', oid: 'a repository of its own', content: null };

/** Git's name for a blob: SHA-1 over its kind, length and bytes. */
function oidOf(content: Uint8Array): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

/**
 * The file at a path of a working tree, as git would add it: nothing behind a link is read, and nothing of 256 KiB or
 * more. Null when there is none. `root` is absolute, `path` is git's, with `/`.
 */
export async function readFileOnDisk(root: string, path: string): Promise<FileVersion | null> {
  const at = join(root, path);
  if (await behindLink(root, path)) return null;
  const found = await lstat(at).catch(absent);
  if (found === null) {
    // Bytes that are not UTF-8 came as U+FFFD: there is such a file, and its name is not allowed.
    return path.includes('\u{fffd}')
      ? { mode: '100644', oid: 'a name that is not UTF-8', content: null }
      : null;
  }
  if (found.isSymbolicLink()) {
    const content = Uint8Array.from(Buffer.from(await readlink(at)));
    return { mode: '120000', oid: oidOf(content), content };
  }
  if (found.isDirectory()) return SUBMODULE;
  if (!found.isFile()) return { mode: 'special', oid: 'not a file', content: null };
  const mode = (found.mode & 0o100) === 0 ? '100644' : '100755';
  if (found.size >= BLOB_LIMIT) return { mode, oid: `${found.size} bytes`, content: null };
  const content = Uint8Array.from(await readFile(at));
  return { mode, oid: oidOf(content), content };
}

/** Whether a folder on the way is a link: to git such a path is gone, and the link is what is there. */
async function behindLink(root: string, path: string): Promise<boolean> {
  for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
    const found = await lstat(join(root, folder)).catch(absent);
    if (found?.isSymbolicLink()) return true;
  }
  return false;
}

function absent(error: unknown): null {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return null;
  throw error;
}
