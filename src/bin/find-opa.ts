import { execFile } from 'node:child_process';
import { delimiter, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { OPA_VERSION } from '../compose/parts.js';

/** Where the set-up script puts the OPA that it had to get. */
const OWN = fileURLToPath(new URL('../../.daypass/tools/bin', import.meta.url));

/**
 * The OPA that compiles policies other than the starter, of the version that they are compiled with: as in
 * `setup/opa.mjs` the first such on the PATH, else the one that script got. Where all are of other versions the first is
 * answered, so that it is told; null where there is none. Relative folders are passed over, since it runs in a folder of
 * its own.
 */
export async function findOpa(
  env: Readonly<Record<string, string | undefined>>,
  own = OWN,
): Promise<string | null> {
  let other: string | null = null;
  for (const folder of [...(env.PATH ?? '').split(delimiter), own].filter(isAbsolute)) {
    const path = join(folder, 'opa');
    const version = await versionOf(path);
    if (version === OPA_VERSION) return path;
    if (version !== null) other ??= path;
  }
  return other;
}

/** What it says of itself, in an environment without our secrets; null where there is none that runs. */
async function versionOf(path: string): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)(path, ['version'], { env: {}, timeout: 10_000 });
    return /^Version: (\S+)/m.exec(stdout)?.[1] ?? null;
  } catch {
    return null;
  }
}
