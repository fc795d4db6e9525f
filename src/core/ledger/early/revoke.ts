import { ENDABLE_STATES, type GrantRecord } from '../../grant/record.js';
import { LOGIN } from '../../reading/names.js';
import type { Reason } from '../../reading/reason.js';
import type { NewEntry } from '../events.js';
import { endEarly } from './end.js';

/** Whose grants, or which grant, an operator asks to end. */
export type ToEnd =
  /** A grant's id, its path, or its path and the beginning of its commit. */
  | { readonly grant: string }
  /** The login that the ledger knows somebody by. */
  | { readonly login: string }
  | { readonly id: number };

/** The grants to end, or in words why there are none. */
export type Chosen =
  | { readonly ok: true; readonly grants: readonly GrantRecord[] }
  | { readonly ok: false; readonly why: string };

/** Reads `LOGIN` or `id:NUMBER`; null if it is neither. No login contains a colon. */
export function readSubject(text: string): ToEnd | null {
  const [, id] = /^id:([1-9]\d{0,15})$/.exec(text) ?? [];
  if (id !== undefined) return { id: Number(id) };
  return LOGIN.pattern.test(text) ? { login: text } : null;
}

/** The path of a grant's id, and the beginning of its commit; an empty one if there is none. */
export function readGrantId(text: string): { readonly path: string; readonly commit: string } {
  const at = text.lastIndexOf('@');
  return at < 0
    ? { path: text, commit: '' }
    : { path: text.slice(0, at), commit: text.slice(at + 1) };
}

/**
 * The one grant that is meant, of those that landed with its path. Quarantined grants count: ending one keeps it from
 * ever giving access.
 */
export function chooseGrant(asked: string, landed: readonly GrantRecord[]): Chosen {
  const { path, commit } = readGrantId(asked);
  const named = landed.filter(({ id }) => id === asked || id.startsWith(`${path}@${commit}`));
  const last = named.at(-1);
  if (!last) {
    return no(`the ledger has no grant ${asked}: \`daypass grants\` lists who has access`);
  }
  const endable = named.filter(isEndable);
  if (endable.length === 1) return { ok: true, grants: endable };
  return endable.length === 0
    ? no(`${last.id} is over already: ${overInWords(last)}`)
    : no(`${asked} names several grants, so say which: ${ids(endable)}`);
}

/**
 * All grants of one person that can be ended, from all grants of everybody who ever had the login or has the id. If
 * several of them have such grants, because somebody took the login after a rename, it does not say whose are meant.
 */
export function choosePerson(asked: string, theirs: readonly GrantRecord[]): Chosen {
  const last = theirs.at(-1);
  if (!last) {
    return no(
      `the ledger has no grants of ${asked}. It knows people by their login when a grant of theirs landed; \`daypass grants\` lists logins and ids, and id:NUMBER names somebody by id.`,
    );
  }
  const grants = theirs.filter(isEndable);
  const people = new Map(grants.map(({ subject }) => [subject.id, subject.login]));
  if (people.size > 1) {
    const who = [...people].map(([id, login]) => `id:${id} (now or once ${login})`).join(' or ');
    return no(`${asked} is or was the login of several people, so say which: ${who}`);
  }
  return grants.length > 0
    ? { ok: true, grants }
    : no(`every grant of ${asked} is over already. The newest: ${last.id}, ${overInWords(last)}`);
}

/** The entry by which an operator ends a grant, or withdraws it if it never had access. */
export function revocation(
  record: GrantRecord,
  { because: why, claimed_by }: { readonly because: string; readonly claimed_by: string },
): NewEntry {
  const reasons: Reason[] = [{ code: 'revoked', message: why }];
  return endEarly(record, { why, who: null, claimed_by, reasons });
}

function no(why: string): Chosen {
  return { ok: false, why };
}

function isEndable({ state }: GrantRecord): boolean {
  return ENDABLE_STATES.includes(state);
}

function overInWords({ state, ended_at }: GrantRecord): string {
  return ended_at === null ? state : `${state} at ${ended_at}`;
}

function ids(grants: readonly GrantRecord[]): string {
  return grants.map(({ id }) => id).join(' or ');
}
