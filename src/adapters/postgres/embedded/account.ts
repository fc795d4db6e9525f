import { createHash } from 'node:crypto';
import { chown, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OsAccount } from '../../../clients/account.js';

/** The folder of this checkout: four up from here, in src/ and in dist/ alike. */
const checkoutFolder = fileURLToPath(new URL('../../../../', import.meta.url));

/**
 * The account that the server runs as. PostgreSQL refuses to run as root, so root hands it to `nobody`; anybody else
 * runs it as themselves (undefined).
 */
export async function serverAccount(): Promise<OsAccount | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const entry = /^nobody:[^:]*:(\d+):(\d+):/m.exec(passwd);
  return { uid: Number(entry?.[1] ?? 65534), gid: Number(entry?.[2] ?? 65534) };
}

/**
 * Where the embedded servers of one checkout keep binaries and data. Root's must be reachable for
 * `nobody`, which a checkout under a closed home is not, so they go to /var/lib/daypass.
 */
export function embeddedHome(checkout: string = checkoutFolder): string {
  if (process.getuid?.() !== 0) return join(checkout, '.daypass');
  const digest = createHash('sha256').update(join(checkout, '/')).digest('hex').slice(0, 16);
  return join('/var/lib/daypass', digest);
}

/** Makes a folder that belongs to the server's account and is closed to everybody else. */
export async function privateFolder(folder: string, account: OsAccount | undefined): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (account) await chown(folder, account.uid, account.gid);
}
