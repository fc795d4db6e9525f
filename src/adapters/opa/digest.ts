import { createHash } from 'node:crypto';
import { fingerprint } from '../../core/reading/canonical.js';
import { ENTRYPOINTS, OPA_VERSION, readCapabilities } from './assets.js';

/** SHA-256 in lower-case hex. */
export function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The `.rego` files of a tree, tests included. */
export function regoFiles(
  files: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(files).filter(([path]) => path.endsWith('.rego')));
}

/** The `.rego` files of a tree that are compiled: all but tests. */
export function sources(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const compiled = Object.entries(regoFiles(files)).filter(
    ([path]) => !path.endsWith('_test.rego'),
  );
  return Object.fromEntries(compiled);
}

/** Everything about the compiler that affects its output: version, target, built-ins. */
export function compilerDigest(): string {
  const how = { target: 'wasm', optimize: 0, entrypoints: ENTRYPOINTS };
  return `opa ${OPA_VERSION} sha256:${fingerprint({ ...how, capabilities: readCapabilities() })}`;
}

/** The name of a compiled form, made from its sources and the compiler. */
export function compileKey(
  rego: Readonly<Record<string, string>>,
  compiler = compilerDigest(),
): string {
  return fingerprint({ compiler, rego });
}
