import { accessAt, accessOf, type AccessAt } from '../../core/ledger/access-at.js';
import type { Entry } from '../../core/ledger/events.js';
import { LIVE_STATES } from '../../core/grant/record.js';
import { parseTimestamp } from '../../core/reading/timestamp.js';
import type { Clock, Ledger } from '../../ports.js';
import { pages } from './audit-log.js';

/** Who had access at a moment, sorted by environment, resource, role and login. */
export interface WhoHadAccess {
  readonly at: string;
  readonly held: readonly AccessAt[];
}

/**
 * Who has access now (`at` null), or had at a moment in RFC 3339 with an offset. The past is folded from the
 * entries that were written by then. Answers in words why the moment cannot be asked about.
 */
export async function whoHadAccess(
  { ledger, clock }: { readonly ledger: Ledger; readonly clock: Clock },
  at: string | null,
): Promise<WhoHadAccess | { readonly why: string }> {
  const now = await clock.now();
  if (at === null) {
    const live = await ledger.grants({ states: LIVE_STATES });
    return answer(
      now,
      live.flatMap((record) => accessOf(record, now) ?? []),
    );
  }
  const parsed = parseTimestamp(at);
  if (!parsed.ok) return { why: parsed.why };
  const moment = new Date(parsed.at);
  if (moment > now) {
    return { why: `${parsed.at} has not come yet; it is ${now.toISOString()}` };
  }
  // Only what ended later, or has not ended, can have existed then.
  const candidates = [
    ...(await ledger.grants({ ended_after: parsed.at })),
    ...(await ledger.grants({ states: LIVE_STATES })),
  ];
  const ids = new Set(candidates.filter((g) => g.landed_at <= parsed.at).map(({ id }) => id));
  const held: AccessAt[] = [];
  for (const grant of ids) {
    const entries: Entry[] = [];
    for await (const entry of pages(ledger, { grant })) entries.push(entry);
    held.push(...accessAt(entries, moment));
  }
  return answer(moment, held);
}

function answer(at: Date, held: readonly AccessAt[]): WhoHadAccess {
  const key = (one: AccessAt) =>
    JSON.stringify([one.environment, one.resource, one.role, one.subject.login, one.grant]);
  return {
    at: at.toISOString(),
    held: held.toSorted((one, other) => (key(one) < key(other) ? -1 : 1)),
  };
}
