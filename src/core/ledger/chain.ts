import { canonical, fingerprint } from '../reading/canonical.js';
import type { Entry, NewEntry } from './events.js';

/** A place in the chain: an entry's number and hash. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

/** The head of a chain without entries: the first entry is number 1 and follows 64 zeros (invariant 22). */
export const GENESIS: ChainHead = { seq: 0, hash: '0'.repeat(64) };

type Hashed = Omit<Entry, 'hash'>;

/** The hash of an entry, over exactly the fields that events.ts documents. */
function hashOf({ seq, at, kind, grant, pull_request, body, previous }: Hashed): string {
  return fingerprint({ seq, at, kind, grant, pull_request, body, previous });
}

/** What JSON allows but I-JSON (RFC 7493, 2.1) and PostgreSQL's JSON do not: U+0000 and lone surrogates. */
const ESCAPE = /\\(?:u(?:0000|d[89a-f][0-9a-f]{2})|.)/g;

/** Plain JSON of a body, with U+FFFD where a text from outside, or one that was cut, has such characters. */
function plain<Body>(body: Body): Body {
  const text = canonical(body).replace(ESCAPE, (one) => (one.length > 2 ? '\ufffd' : one));
  return JSON.parse(text) as Body;
}

/**
 * Chains new entries after `previous`, the head that the caller has locked. Bodies are returned as the plain JSON that
 * was hashed, so that what is stored is the same as what is read later.
 */
export function chain(previous: ChainHead, at: Date, entries: readonly NewEntry[]): Entry[] {
  let head = previous;
  return entries.map((entry) => {
    const body = plain(entry.body);
    const unhashed = {
      ...entry,
      body,
      seq: head.seq + 1,
      at: at.toISOString(),
      previous: head.hash,
    } as Hashed;
    const chained = { ...unhashed, hash: hashOf(unhashed) } as Entry;
    head = { seq: chained.seq, hash: chained.hash };
    return chained;
  });
}

export type Verified =
  | { readonly ok: true; readonly head: ChainHead }
  | { readonly ok: false; readonly seq: number; readonly why: string };

/**
 * Verifies that `entries`, oldest first, follow `from` without a gap and that none was altered. Names the first entry
 * that fails. Only a head kept elsewhere can show whether the last one is really the newest.
 */
export function verify(entries: Iterable<Entry>, from: ChainHead = GENESIS): Verified {
  let head = from;
  for (const entry of entries) {
    const seq = head.seq + 1;
    if (entry.seq !== seq) {
      return { ok: false, seq, why: `entry ${seq} is missing: entry ${entry.seq} is in its place` };
    }
    if (entry.previous !== head.hash) {
      return { ok: false, seq, why: `entry ${seq} does not follow the entry before it` };
    }
    if (entry.hash !== hashOf(entry)) {
      return {
        ok: false,
        seq,
        why: `entry ${seq} was altered: its content does not match its hash`,
      };
    }
    head = { seq, hash: entry.hash };
  }
  return { ok: true, head };
}
