import { tmpdir } from 'node:os';
import { good, unsure } from '../../core/report/finding.js';
import type { Finding } from '../../core/report/finding.js';
import { OPA_VERSION } from './assets.js';
import { runLimited } from './sandbox.js';

const OPA = 'OPA';
const REMEDY = `put OPA ${OPA_VERSION} on the worker's PATH, or run node setup/opa.mjs; only other rules than the starter's need it`;

/** Looks at the program that compiles and tests rules; null where there is none. */
export async function examineOpa(opa: string | null): Promise<Finding> {
  if (opa === null) return unsure(OPA, 'is not here: changed rules cannot come into force', REMEDY);
  const { output, stopped } = await runLimited(opa, ['version'], tmpdir());
  const version = /^Version: (\S+)/mu.exec(output)?.[1];
  if (version === OPA_VERSION) return good(OPA, `is ${version}, which policies are compiled with`);
  return unsure(OPA, stopped ?? `is ${version ?? 'no program that says its version'}`, REMEDY);
}
