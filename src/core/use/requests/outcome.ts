import { dueEnd, type GrantRecord } from '../../grant/record.js';
import type { Entry } from '../../ledger/events.js';
import type { SettledRequest } from './access-request.js';

/**
 * What became of a request whose pull request has landed, by the grant that it gave; null while that is not known. Once
 * access has begun it is approved, however it ended.
 */
export function outcomeOfGrant(grant: GrantRecord): SettledRequest | null {
  const { state, why, revoked_by, quarantined } = grant;
  const because = why.join('; ') || revoked_by?.why || 'no reason is recorded';
  switch (state) {
    case 'active':
    case 'expired':
    case 'revoked': {
      const approved_until = dueEnd(grant);
      return approved_until === null ? null : { status: 'approved', approved_until };
    }
    case 'requested':
      return quarantined
        ? { status: 'failed', why: `it landed, and takes no effect: ${because}` }
        : null;
    case 'lapsed':
      return { status: 'failed', why: `it did not begin in time: ${because}` };
    case 'refused':
    case 'withdrawn':
      return { status: 'denied', why: `it was ${state}: ${because}` };
    default:
      return null;
  }
}

/** What the newest decision about an open pull request says, if that is a denial. */
export function denialOf(entries: readonly Entry[]): SettledRequest | null {
  const last = entries.findLast(({ kind }) => kind === 'decision.made');
  if (last?.kind !== 'decision.made' || last.body.decision.outcome !== 'denied') return null;
  const why = last.body.decision.denials.map(({ message }) => message).join('; ');
  return { status: 'denied', why };
}
