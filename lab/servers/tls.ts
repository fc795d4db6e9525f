import { chmod, chown, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serverAccount } from '../../src/adapters/postgres/embedded/account.js';

const FIXED = fileURLToPath(new URL('tls/', import.meta.url));

/** Paths of files that a server's account can read. */
export interface TlsFiles {
  /** The certificate of an authority that nobody trusts by default. */
  readonly ca: string;
  /** Of the host name `localhost` and no other, valid from 2020 to 2119. */
  readonly cert: string;
  readonly key: string;
  remove(): Promise<void>;
}

/** A certificate for a server on this machine. Its key is in the repository, so it is worth nothing elsewhere. */
export async function tlsFiles(): Promise<TlsFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'daypass-tls-'));
  const account = await serverAccount();
  const owned = async (path: string) => {
    if (account) await chown(path, account.uid, account.gid);
    return path;
  };
  const file = async (name: string) => {
    const path = join(folder, name);
    await copyFile(join(FIXED, name), path);
    await chmod(path, 0o600);
    return owned(path);
  };
  await owned(folder);
  return {
    ca: await file('ca.crt'),
    cert: await file('server.crt'),
    key: await file('server.key'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
