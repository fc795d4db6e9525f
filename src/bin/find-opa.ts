import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where `npm test` and the set-up script put an OPA that they had to get. */
const OWN = fileURLToPath(new URL('../../.daypass/tools/bin', import.meta.url));

/** The OPA that compiles policies other than the starter: on the PATH, or got by the set-up script. */
export function findOpa(env: Readonly<Record<string, string | undefined>>): string | null {
  const folders = [...(env.PATH ?? '').split(delimiter), OWN];
  return (
    folders
      .filter((f) => f !== '')
      .map((f) => join(f, 'opa'))
      .find(existsSync) ?? null
  );
}
