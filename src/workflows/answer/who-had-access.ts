import { accessAt, type AccessAt } from '../../core/ledger/access-at.js';
import type { Entry } from '../../core/ledger/events.js';
import { parseTimestamp } from '../../core/reading/timestamp.js';
import type { Clock, Ledger } from '../../ports.js';
import { entriesByPage } from '../judge/pages.js';

/** Who had access at a moment, sorted by environment, resource, role and login. */
export interface WhoHadAccess {
  readonly at: string;
  readonly access: readonly AccessAt[];
}

/** The entries of this many grants are read together. */
const GRANTS_AT_ONCE = 500;

/**
 * Who has access now (`at` null), or had at a moment in RFC 3339 with an offset. Both are answered from the entries
 * alone, never from `daypass.grants`, which can be changed (invariant 22): the grants are found by their entries, and
 * those written by that moment are folded. Returns in words why the moment cannot be asked about.
 */
export async function whoHadAccess(
  { ledger, clock }: { readonly ledger: Ledger; readonly clock: Clock },
  at: string | null,
): Promise<WhoHadAccess | { readonly why: string }> {
  const now = await clock.now();
  const moment = at === null ? { at: now } : readMoment(at, now);
  if ('why' in moment) return moment;
  const ids = await ledger.begunAt(moment.at.toISOString());
  const access: AccessAt[] = [];
  for (let from = 0; from < ids.length; from += GRANTS_AT_ONCE) {
    const entries: Entry[] = [];
    const grants = ids.slice(from, from + GRANTS_AT_ONCE);
    for await (const entry of entriesByPage(ledger, { grants })) entries.push(entry);
    access.push(...accessAt(entries, moment.at));
  }
  return answer(moment.at, access);
}

function readMoment(at: string, now: Date): { readonly at: Date } | { readonly why: string } {
  const parsed = parseTimestamp(at);
  if (!parsed.ok) return { why: parsed.why };
  const moment = new Date(parsed.at);
  return moment > now
    ? { why: `${parsed.at} is in the future; it is now ${now.toISOString()}` }
    : { at: moment };
}

function answer(at: Date, access: readonly AccessAt[]): WhoHadAccess {
  const key = (one: AccessAt) =>
    JSON.stringify([one.environment, one.resource, one.role, one.subject.login, one.grant]);
  return {
    at: at.toISOString(),
    access: access.toSorted((one, other) => (key(one) < key(other) ? -1 : 1)),
  };
}
