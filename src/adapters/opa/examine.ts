import { good, unsure } from '../../core/report/finding.js';
import type { Finding } from '../../core/report/finding.js';
import { OPA_VERSION } from './assets.js';
import { readOpaVersion } from './version.js';

const OPA = 'OPA';
const REMEDY = `put OPA ${OPA_VERSION} on the worker's PATH, or run node setup/opa.mjs, then restart the worker; only rules that differ from the starter's need it`;

/**
 * Checks the program that compiles and tests rules; `opa` is its path, or null when none was found. That is what this
 * process finds: a worker goes by its own PATH, and looks once, when it starts.
 */
export async function examineOpa(opa: string | null): Promise<Finding> {
  if (opa === null)
    return unsure(OPA, 'not found from here: rule changes cannot take effect', REMEDY);
  const { version, stopped } = await readOpaVersion(opa);
  if (version === OPA_VERSION)
    return good(OPA, `this command finds ${version}; a worker keeps what it found when it started`);
  if (version !== null) return unsure(OPA, `${opa} is OPA ${version}`, REMEDY);
  return unsure(OPA, `${opa} does not print a version${stopped ? `: ${stopped}` : ''}`, REMEDY);
}
