import { existsSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OPA_VERSION, readOpaVersion } from '../compose/parts.js';

/** Where `setup/opa.mjs` puts an OPA that it built or downloaded. */
const OWN = fileURLToPath(new URL('../../.daypass/tools/bin', import.meta.url));

/**
 * Finds the OPA that compiles policies other than the starter: the first one on the PATH of the right version, else
 * the one that `setup/opa.mjs` got. If all are of other versions, answers the first of them, so that the caller can
 * report it; null if there is none. Skips relative folders, because OPA runs in a working folder of its own.
 */
export async function findOpa(
  env: Readonly<Record<string, string | undefined>>,
  own = OWN,
): Promise<string | null> {
  let other: string | null = null;
  for (const folder of [...(env.PATH ?? '').split(delimiter), own].filter(isAbsolute)) {
    const path = join(folder, 'opa');
    // A folder of the PATH costs no process: most have no OPA.
    if (!existsSync(path)) continue;
    const { version } = await readOpaVersion(path);
    if (version === OPA_VERSION) return path;
    if (version !== null) other ??= path;
  }
  return other;
}
