import { good, unsure } from '../../core/report/finding.js';
import type { Finding } from '../../core/report/finding.js';
import { OPA_VERSION } from './assets.js';
import { readOpaVersion } from './version.js';

const OPA = 'OPA';
const REMEDY = `put OPA ${OPA_VERSION} on the worker's PATH, or run node setup/opa.mjs; only rules that differ from the starter's need it`;

/** Checks the program that compiles and tests rules; `opa` is its path, or null when none was found. */
export async function examineOpa(opa: string | null): Promise<Finding> {
  if (opa === null) return unsure(OPA, 'not found: rule changes cannot take effect', REMEDY);
  const { version, stopped } = await readOpaVersion(opa);
  if (version === OPA_VERSION) return good(OPA, `is ${version}, which policies are compiled with`);
  if (version !== null) return unsure(OPA, `${opa} is OPA ${version}`, REMEDY);
  return unsure(OPA, `${opa} does not print a version${stopped ? `: ${stopped}` : ''}`, REMEDY);
}
