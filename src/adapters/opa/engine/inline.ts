import * as opa from '@open-policy-agent/opa-wasm';
import { EngineFault } from '../../../ports.js';
import { ASK } from '../limits.js';
import type { Entrypoint } from '../assets.js';
import { encode } from './question.js';

/** Its types name this export, and only its default export has it. */
const { loadPolicySync } = (opa as unknown as { readonly default: typeof opa }).default;

/** Asks an entrypoint and answers its value, null when it is undefined. Throws `EngineFault`. */
export type AskInline = (entrypoint: Entrypoint, input: unknown) => unknown;

/**
 * A compiled policy with its data, which runs in this very thread: for a process that does nothing but decide, and that
 * another one ends when it does not come back (invariant 26). After a fault it starts anew, because nobody knows in
 * which state that left it. Throws `EngineFault` if the policy does not start.
 */
export function startInline(wasm: Uint8Array<ArrayBuffer>, data: unknown): AskInline {
  const { data_bytes, input_bytes, memory_pages } = ASK;
  const text = encode(data, data_bytes);
  const start = () => {
    const loaded = loadPolicySync(wasm.buffer, {
      initial: 5,
      maximum: memory_pages,
    });
    loaded.setData(text);
    return loaded;
  };
  let policy = guarded('The policy did not start', start);
  return (entrypoint, input) => {
    const asked = encode(input, input_bytes);
    try {
      const [first] = policy.evaluate(asked, entrypoint) as readonly { result: unknown }[];
      if (memoryOf(policy) > MOST_MEMORY) policy = start();
      return first?.result ?? null;
    } catch (thrown) {
      policy = start();
      throw new EngineFault(`${entrypoint}: ${described(thrown)}`, { cause: thrown });
    }
  };
}

/** A policy that once needed more memory than this gives it back, bytes. */
const MOST_MEMORY = 64 * 1024 * 1024;

const memoryOf = (policy: object): number =>
  (policy as { readonly mem: { readonly buffer: ArrayBuffer } }).mem.buffer.byteLength;

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
