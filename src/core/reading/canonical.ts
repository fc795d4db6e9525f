import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

// The package is CommonJS and its types say `default`, but in Node's ESM the import is the function itself.
const serialize = canonicalize as unknown as (input: unknown) => string | undefined;

/**
 * Canonical JSON (RFC 8785) of a value: the same value gives the same bytes everywhere.
 * Throws where the value has no JSON.
 */
export function canonical(value: unknown): string {
  const text = serialize(value);
  if (text === undefined) throw new Error(`No canonical JSON for ${typeof value}`);
  return text;
}

/** SHA-256 in lower-case hex over the canonical JSON of a value. */
export function fingerprint(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex');
}
