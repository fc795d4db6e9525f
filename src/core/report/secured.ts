import type { Secured } from '../reading/secured.js';
import { bad, good, type Finding } from './finding.js';

/** What is wrong with each, in words; null if nothing is. */
const WRONG: Readonly<Record<Secured, string | null>> = {
  verified: null,
  local: null,
  open: 'the connection is not encrypted: whoever is on the way reads and changes what goes over it',
  unverified:
    'the connection is encrypted, but the server is not verified: whoever is on the way can pretend to be it',
  proxied:
    'the connection is encrypted as far as a proxy; the server says that it is not encrypted from there on',
};

const RIGHT: Readonly<Record<Exclude<Secured, 'open' | 'unverified' | 'proxied'>, string>> = {
  verified: 'the connection is encrypted, and the server is verified',
  local: 'the connection is not encrypted, and does not leave this machine',
};

/** What doctor says of a connection; `todo` is how to encrypt and verify one of this kind. */
export function securedFinding(about: string, secured: Secured, todo: string): Finding {
  const wrong = WRONG[secured];
  if (wrong !== null) return bad(about, wrong, todo);
  return good(about, RIGHT[secured === 'local' ? 'local' : 'verified']);
}
