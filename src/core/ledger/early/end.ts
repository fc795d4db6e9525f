import { begun, type GrantRecord } from '../../grant/record.js';
import type { EarlyEnd, NewEntry } from '../events.js';

/** The entry by which a grant ends before its time, or is withdrawn if no intent was written for it. */
export function endEarly(
  { id: grant, state, pull_request }: GrantRecord,
  body: EarlyEnd,
): NewEntry {
  return { kind: begun(state) ? 'grant.ending' : 'grant.withdrawn', grant, pull_request, body };
}
