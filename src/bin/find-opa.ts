import { delimiter, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OPA_VERSION, readOpaVersion } from '../compose/parts.js';

/** Where the set-up script puts the OPA that it had to download. */
const OWN = fileURLToPath(new URL('../../.daypass/tools/bin', import.meta.url));

/**
 * The path of the OPA that compiles policies other than the starter: as in `setup/opa.mjs`, the first on the PATH of
 * the version that policies are compiled with, else the one that script downloaded. When all are other versions, the
 * first of those, so that it can be reported; null when there is none. Relative folders are skipped, because OPA runs
 * in a folder of its own.
 */
export async function findOpa(
  env: Readonly<Record<string, string | undefined>>,
  own = OWN,
): Promise<string | null> {
  let other: string | null = null;
  for (const folder of [...(env.PATH ?? '').split(delimiter), own].filter(isAbsolute)) {
    const path = join(folder, 'opa');
    const { version } = await readOpaVersion(path);
    if (version === OPA_VERSION) return path;
    if (version !== null) other ??= path;
  }
  return other;
}
