import type { Bodies, NewEntry } from '../../core/ledger/events.js';
import type { GrantRecord } from '../../core/grant/record.js';
import type { Reason } from '../../core/reading/reason.js';
import { entryAbout } from './entries.js';

/** The entry for a grant that was not activated in time and so gives no access (invariant 12). */
export function lapsed(
  record: GrantRecord,
  seen: Pick<Bodies['grant.lapsed'], 'observed' | 'gained'> = {},
): NewEntry {
  const why = 'it could not be activated in time';
  const reasons: Reason[] = [{ code: 'not_activated_in_time', message: why }];
  return entryAbout(record, 'grant.lapsed', { why, reasons, ...seen });
}
