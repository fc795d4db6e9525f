import type { GrantRecord } from '../../grant/record.js';
import { endsTooMany, type MassEnding } from '../../policy/mass-ending.js';
import type { NewEntry } from '../events.js';
import { endEarly } from './end.js';

/**
 * The live grants that end if their subject leaves the organisation: those that were decided about a member. Nobody can
 * leave who never was one.
 */
export function membersGrants(live: readonly GrantRecord[]): readonly GrantRecord[] {
  return live.filter(({ member, revoked_by }) => member === true && revoked_by === null);
}

/**
 * What ends because people have left the organisation, and why it is held, if it is: many leavings at once may be a
 * mistake in the organisation, and count in the brake on mass endings (invariants 7, 20). `departed` are ids.
 */
export function leavings(of: {
  readonly live: readonly GrantRecord[];
  readonly departed: ReadonlySet<number>;
  readonly mass_ending: MassEnding;
}): {
  readonly grants: readonly GrantRecord[];
  readonly entries: readonly NewEntry[];
  readonly held: string | null;
} {
  const grants = membersGrants(of.live).filter(({ subject }) => of.departed.has(subject.id));
  const losing = new Set(grants.map(({ subject }) => subject.id));
  const have = new Set(of.live.map(({ subject }) => subject.id));
  if (endsTooMany(losing, have, of.mass_ending) !== null) {
    const held = `${losing.size} of the ${have.size} people who have live grants are no members of the organisation any more, so the ends of their grants are held. End those of each person with daypass revoke, if they have left.`;
    return { grants: [], entries: [], held };
  }
  return { grants, entries: grants.map(entryOf), held: null };
}

function entryOf(record: GrantRecord): NewEntry {
  const { login, id } = record.subject;
  const why = `${login} (id ${id}) is no member of the organisation any more`;
  return endEarly(record, { why, who: null, reasons: [{ code: 'subject_left', message: why }] });
}
