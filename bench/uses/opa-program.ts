import { existsSync } from 'node:fs';
import { join } from 'node:path';

const OPA = join(import.meta.dirname, '../../.daypass/tools/bin/opa');

/** The path of the OPA that `node setup/opa.mjs` gets; null if it is not there. */
export const opaProgram = (): string | null => (existsSync(OPA) ? OPA : null);
