import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The version of OPA that compiles policies. Another one would produce other bytes, so it is refused.
 * `setup/opa.mjs` downloads this one.
 */
export const OPA_VERSION = '1.22.2';

/** The documents that policies are asked for: one for changes, one for use. */
export const ENTRYPOINTS = ['access/request', 'access/use'] as const;
export type Entrypoint = (typeof ENTRYPOINTS)[number];

/** Files that TypeScript does not copy: found from the sources and from `dist` alike, both three folders down. */
const here = new URL('../../../src/adapters/opa/', import.meta.url);

/** The thread that policies run in. */
export const THREAD = new URL('engine/thread.mjs', here);

/** The built-ins that policies may use (invariant 26): no network, time, environment or randomness. */
export const CAPABILITIES = fileURLToPath(new URL('capabilities.json', here));

/** JSON Schemas of input and data, named by the METADATA of the policies. */
export const SCHEMAS = fileURLToPath(new URL('schemas/', here));

/** The starter policy in its compiled form: `access.wasm` and `manifest.json`. */
export const STARTER = fileURLToPath(new URL('starter/', here));

/** The allow-list as a value. */
export function readCapabilities(): { readonly builtins: readonly unknown[] } {
  return JSON.parse(readFileSync(CAPABILITIES, 'utf8')) as { builtins: unknown[] };
}

/** What `opa test` adds to the tests that it runs; both reach nothing but its own report. */
export const TEST_BUILTINS = ['internal.print', 'internal.test_case'].map((name) => ({
  name,
  decl: { type: 'function', args: [{ type: 'array', dynamic: { type: 'any' } }] },
}));
