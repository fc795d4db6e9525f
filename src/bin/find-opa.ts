import { existsSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the set-up script puts the OPA that it had to get: the very version that policies are compiled with. */
const OWN = fileURLToPath(new URL('../../.daypass/tools/bin', import.meta.url));

/**
 * The OPA that compiles policies other than the starter: the set-up script's own, else one on the PATH.
 * Relative folders are passed over, since it runs in a folder of its own.
 */
export function findOpa(env: Readonly<Record<string, string | undefined>>): string | null {
  const folders = [OWN, ...(env.PATH ?? '').split(delimiter)];
  return (
    folders
      .filter(isAbsolute)
      .map((folder) => join(folder, 'opa'))
      .find(existsSync) ?? null
  );
}
