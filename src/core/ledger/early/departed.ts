import type { GrantRecord, Who } from '../../grant/record.js';
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

/** In words that somebody has left. */
export const hasLeft = ({ login, id }: Who): string =>
  `${login} (id ${id}) is no longer a member of the organisation`;

/**
 * What is recorded because people have left the organisation, and of which grants. Many departures at once may be a mistake
 * in the organisation, and count in the brake on mass endings: then the ends are held, once, until somebody ends the
 * grants, until they are fewer or until the people are back (invariants 7, 20). `departed` are ids; everybody else was
 * seen to be a member. `held` says why they are, where that is new.
 */
export function departures(of: {
  readonly live: readonly GrantRecord[];
  readonly departed: ReadonlySet<number>;
  readonly mass_ending: MassEnding;
}): {
  readonly grants: readonly GrantRecord[];
  readonly entries: readonly NewEntry[];
  readonly held: string | null;
} {
  const members = membersGrants(of.live);
  const left = members.filter(({ subject }) => of.departed.has(subject.id));
  const back = members.filter((one) => one.end_held !== null && !left.includes(one));
  const released = back.map(({ id: grant, pull_request, subject }): NewEntry => {
    const why = `${subject.login} (id ${subject.id}) is a member of the organisation`;
    return { kind: 'grant.end_released', grant, pull_request, body: { why } };
  });
  const losing = new Set(left.map(({ subject }) => subject.id));
  const have = new Set(of.live.map(({ subject }) => subject.id));
  if (endsTooMany(losing, have, of.mass_ending) === null) {
    return { grants: [...back, ...left], entries: [...released, ...left.map(ended)], held: null };
  }
  const held = `${losing.size} of the ${have.size} people with live grants have left, so the ends of their grants are held. End those of one person with daypass revoke, or all of them with daypass trust`;
  const unheld = left.filter(({ end_held }) => end_held === null);
  return {
    grants: [...back, ...unheld],
    entries: [...released, ...unheld.map((one) => holding(one, held))],
    held: unheld.length > 0 ? held : null,
  };
}

function ended(record: GrantRecord): NewEntry {
  const why = hasLeft(record.subject);
  return endEarly(record, { why, who: null, reasons: [{ code: 'subject_left', message: why }] });
}

function holding({ id: grant, pull_request, subject }: GrantRecord, held: string): NewEntry {
  const why = `${hasLeft(subject)}; ${held}`;
  const reasons = [{ code: 'departures_held' as const, message: why }];
  return { kind: 'grant.end_held', grant, pull_request, body: { why, reasons } };
}
