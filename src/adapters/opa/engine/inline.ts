import * as opa from '@open-policy-agent/opa-wasm';
import { EngineFault } from '../../../ports.js';
import { ASK } from '../limits.js';
import type { Entrypoint } from '../assets.js';
import { bytesOf, encode } from './question.js';

/** Its types name this export, and only its default export has it. */
const { loadPolicySync } = (opa as unknown as { readonly default: typeof opa }).default;

/** What opa-wasm loads, as `opa_eval` is called with it (OPA's wasm ABI 1.2). */
interface Loaded {
  readonly minorVersion: number;
  readonly mem: { readonly buffer: ArrayBuffer; readonly grow: (pages: number) => unknown };
  readonly dataAddr: number;
  readonly dataHeapPtr: number;
  readonly entrypoints: Readonly<Record<string, number>>;
  readonly wasmInstance: {
    readonly exports: { readonly opa_eval: (...of: readonly number[]) => number };
  };
}

/**
 * Asks an entrypoint with an input as JSON text, and answers the JSON text of its results: a list of one object with the
 * field `result`, or of none where it is undefined. It depends on nothing but the text. Throws `EngineFault`.
 */
export type AskInline = (entrypoint: Entrypoint, input: string) => string;

/**
 * A compiled policy with its data, which runs in this very thread: for a process that does nothing but decide, and that
 * another one ends when it does not come back (invariant 26). After a fault it starts anew, because nobody knows in
 * which state that left it. Throws `EngineFault` if the policy does not start.
 */
export function startInline(wasm: Uint8Array<ArrayBuffer>, data: unknown): AskInline {
  const { data_bytes, input_bytes, memory_pages } = ASK;
  const text = encode(data, data_bytes);
  const start = (): Loaded => {
    const policy = loadPolicySync(wasm.buffer, { initial: 5, maximum: memory_pages });
    policy.setData(text);
    const loaded = policy as unknown as Loaded;
    if (loaded.minorVersion < 2) throw new Error('it was compiled by an OPA that is too old');
    return loaded;
  };
  let policy = guarded('The policy did not start', start);
  return (entrypoint, input) => {
    const asked = bytesOf(input, input_bytes);
    try {
      const answer = evaluate(policy, entrypoint, asked);
      if (policy.mem.buffer.byteLength > MOST_MEMORY) policy = start();
      return answer;
    } catch (thrown) {
      policy = start();
      throw new EngineFault(`${entrypoint}: ${described(thrown)}`, { cause: thrown });
    }
  };
}

/** A policy that once needed more memory than this gives it back, bytes. */
const MOST_MEMORY = 64 * 1024 * 1024;

const PAGE = 64 * 1024;

/**
 * What the library's own `evaluate` does, but for parsing the answer, which takes it as long as the policy itself: the
 * input is put behind the data, and what is left of the question before is overwritten.
 */
function evaluate(
  { mem, wasmInstance, dataAddr, dataHeapPtr, entrypoints }: Loaded,
  entrypoint: Entrypoint,
  input: Uint8Array,
): string {
  const id = entrypoints[entrypoint];
  if (id === undefined) throw new Error('the policy does not have it');
  const heap = dataHeapPtr + input.length;
  const lacking = heap - mem.buffer.byteLength;
  if (lacking > 0) mem.grow(Math.ceil(lacking / PAGE));
  new Uint8Array(mem.buffer).set(input, dataHeapPtr);
  const at = wasmInstance.exports.opa_eval(0, id, dataAddr, dataHeapPtr, input.length, heap, 0);
  const bytes = Buffer.from(mem.buffer);
  return bytes.toString('utf8', at, bytes.indexOf(0, at));
}

function guarded<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw new EngineFault(`${what}: ${described(thrown)}`, { cause: thrown });
  }
}

/** opa-wasm throws strings and plain objects; WebAssembly throws errors. */
function described(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown;
  const { message } = (thrown ?? {}) as { readonly message?: unknown };
  return typeof message === 'string' ? message : 'the engine failed';
}
