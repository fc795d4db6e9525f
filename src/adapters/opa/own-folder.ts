import { chmod, chown, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { OsAccount } from '../../clients/account.js';
import type { OpaPlace } from './sandbox.js';

/** What a program writes to: empty at first. */
export const RESULT = 'result';

/**
 * Runs `act` in a new folder below that of `place`, and always removes it afterwards. It holds these files, by path
 * below it, and an empty RESULT. An account reads them there and can write to RESULT alone, so that it leads nobody
 * astray by a link, and leaves nothing behind.
 */
export async function inOwnFolder<Result>(
  { folder, account }: OpaPlace,
  files: Readonly<Record<string, string>>,
  act: (own: OpaPlace) => Promise<Result>,
): Promise<Result> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const own = await mkdtemp(join(folder, 'opa-'));
  try {
    for (const [path, content] of Object.entries({ ...files, [RESULT]: '' })) {
      await mkdir(dirname(join(own, path)), { recursive: true });
      await writeFile(join(own, path), content);
    }
    if (account) await hand(own, account);
    return await act({ folder: own, account });
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

/** Whatever this process's umask is: the account enters and reads, and nobody else of the machine does. */
async function hand(own: string, { uid, gid }: OsAccount): Promise<void> {
  for (const entry of await readdir(own, { recursive: true, withFileTypes: true }))
    await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
  await chown(join(own, RESULT), uid, gid);
  await chown(own, process.getuid?.() ?? 0, gid);
  await chmod(own, 0o750);
}
