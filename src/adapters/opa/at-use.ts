import { READER } from '../../core/ledger/archived-policy.js';
import type { PolicyData } from '../../core/policy/catalog.js';
import { rulesProblem } from '../../core/policy/tree.js';
import { fingerprint } from '../../core/reading/canonical.js';
import type { Parsed } from '../../core/reading/problem.js';
import { EngineFault } from '../../ports.js';
import type { CompiledTree, PolicyAtUse } from '../../ports.js';
import { parseUse } from './answer.js';
import { compilerDigest, sha256 } from './digest.js';
import { startInline } from './engine/inline.js';
import { dataFiles } from './layout.js';

/** Starts a policy that a worker compiled, to be asked in this thread. */
export function startAtUse(
  { tree, wasm }: CompiledTree & { readonly wasm: Uint8Array<ArrayBuffer> },
  parseData: (files: Readonly<Record<string, string>>) => Parsed<PolicyData>,
): Parsed<PolicyAtUse> {
  const parsed = parseData(dataFiles(tree.files));
  if (!parsed.ok) return parsed;
  const data = parsed.value;
  try {
    const ask = startInline(wasm, data);
    const digests = {
      ...{ tree: tree.id, data: fingerprint(data), wasm: sha256(wasm) },
      ...{ compiler: compilerDigest(), reader: READER },
    };
    const use: PolicyAtUse['use'] = (input) => parseUse(ask('access/use', input));
    return { ok: true, value: { digests, data, use } };
  } catch (error) {
    if (!(error instanceof EngineFault)) throw error;
    return { ok: false, problems: [rulesProblem('engine_fault', error.message)] };
  }
}
