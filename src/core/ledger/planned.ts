import { addSeconds } from 'date-fns/addSeconds';
import type { GrantRecord } from '../grant/record.js';
import { nextDue } from './due.js';

/** What the list of work says about a grant. */
export interface PlannedWork {
  /** When to look at it next, RFC 3339 in UTC; null for never. */
  readonly due_at: string | null;
  /** Whether it waits among the starts. */
  readonly starts: boolean;
}

/** The longest wait before failed work is tried again, whatever failed. */
const PUT_OFF_SECONDS = 3_600;

/** How the list of work differs from what is due by a grant's record (invariant 17), in words; null where it does not. */
export function plannedDiffers(
  record: GrantRecord,
  planned: PlannedWork | null,
  now: Date,
): string | null {
  const due = nextDue(record);
  if (due === null) return null;
  const next = `its next ${due.what} is due at ${due.at}`;
  if (!planned?.due_at) return `${next}, but nothing is planned`;
  const late = planned.due_at > due.at;
  const latest = addSeconds(now, PUT_OFF_SECONDS).toISOString();
  if (late && (due.at > now.toISOString() || planned.due_at > latest))
    return `${next}, but it is planned for ${planned.due_at}`;
  return planned.starts && record.state !== 'scheduled'
    ? `${next}, but it is planned as a start although it is ${record.state}`
    : null;
}
