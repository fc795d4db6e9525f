import { READER } from '../../core/ledger/archived-policy.js';
import type { PolicyData } from '../../core/policy/catalog.js';
import { rulesProblem } from '../../core/policy/tree.js';
import { fingerprint } from '../../core/reading/canonical.js';
import type { Parsed } from '../../core/reading/problem.js';
import { remember } from '../../core/reading/remember.js';
import type { UseAnswer } from '../../core/use/answer.js';
import { EngineFault } from '../../ports.js';
import type { CompiledTree, PolicyAtUse } from '../../ports.js';
import { parseUse } from './answer.js';
import { compilerDigest, sha256 } from './digest.js';
import { startInline } from './engine/inline.js';
import { textFor } from './engine/question.js';
import { dataFiles } from './layout.js';

/** Answers that are remembered, and their characters: a few MB. */
const REMEMBERED = { entries: 2_000, characters: 4_000_000 } as const;

/**
 * Starts a policy that a worker compiled, to be asked in this thread. A policy knows nothing but its data and its input:
 * it has no clock, no randomness and no network (invariant 26). So what it said to the same text it would say again, and
 * is not asked twice; the time that it goes by, and the grants, are in that text.
 */
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
    const asked = remember(
      (text) => ask('access/use', text),
      ({ length }) => length,
      REMEMBERED,
    );
    const read = remember(readUse, () => 0, REMEMBERED);
    const use: PolicyAtUse['use'] = (input) => read(asked(textFor(input)));
    return { ok: true, value: { digests, data, use } };
  } catch (error) {
    if (!(error instanceof EngineFault)) throw error;
    return { ok: false, problems: [rulesProblem('engine_fault', error.message)] };
  }
}

/** What the results of an entrypoint in JSON say. */
function readUse(results: string): UseAnswer {
  const [first] = JSON.parse(results) as readonly { readonly result: unknown }[];
  return parseUse(first?.result ?? null);
}
