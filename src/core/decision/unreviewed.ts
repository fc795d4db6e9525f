import type { Change } from '../change/change.js';
import { begun, type GrantRecord } from '../grant/record.js';
import type { Settings, WithoutReview } from '../policy/catalog.js';
import { limitsOf, oneTooMany, type Unreviewed } from '../policy/without-review.js';
import { someOf } from '../reading/problem.js';
import type { Reason } from '../reading/reason.js';
import type { Decision } from './decision.js';

/**
 * Whether a decision gives something that nobody else reviewed. The subject's own consent is no review; that of an owner
 * in their place is one.
 */
export function isUnreviewed(decision: Decision): boolean {
  const { outcome, requirements, consent } = decision;
  const reviewed = requirements.length > 0 || consent?.given_by?.id !== consent?.subject.id;
  return outcome === 'approved' && !reviewed;
}

const counted = ({ declared, subject }: GrantRecord): Unreviewed => ({
  environment: declared.environment,
  subject_id: subject.id,
});

/** The grants that nobody reviewed, as the limits count them. */
const unreviewed = (records: readonly GrantRecord[]): Unreviewed[] =>
  records.filter((record) => record.unreviewed === true).map(counted);

/**
 * The changes that would be too many without review, each with the reason. What is live counts, and the changes before
 * that are not too many themselves. A grant that counts already is not one more when it is extended, and those that the
 * changes withdraw make room.
 */
export function beyondLimits(
  changes: readonly { readonly change: Change; readonly decision: Decision | null }[],
  live: readonly GrantRecord[],
  settings: Pick<Settings, 'environments'>,
): ReadonlyMap<Change, Reason> {
  const ended = new Set(
    changes.flatMap(({ change }) => (change.kind === 'withdrawn' ? [change.from?.id] : [])),
  );
  const there = unreviewed(live.filter(({ id }) => !ended.has(id)));
  const beyond = new Map<Change, Reason>();
  for (const { change, decision } of changes) {
    if (change.kind !== 'added' && change.kind !== 'extended') continue;
    if (!decision || !isUnreviewed(decision) || change.from?.unreviewed === true) continue;
    const { environment, subject_id } = change.effect;
    const one = { environment, subject_id };
    const reason = oneTooMany(there, one, limitsOf(settings, environment));
    if (reason) beyond.set(change, reason);
    else there.push(one);
  }
  return beyond;
}

/** The same in words for the check: each reason once, with the files that it is about. */
export function aheadOf(beyond: ReadonlyMap<Change, Reason>): readonly Reason[] {
  const alike = new Map<string, { reason: Reason; paths: string[] }>();
  for (const [{ path }, reason] of beyond) {
    const { paths } = alike.get(reason.message) ?? { paths: [] };
    alike.set(reason.message, { reason, paths: [...paths, path] });
  }
  return [...alike.values()].map(({ reason, paths }) => ({
    ...reason,
    message: `${paths.length === 1 ? someOf(paths) : `${paths.length} changes`}: ${reason.message}`,
  }));
}

/** What a grant needs room for that begins without review. */
export interface Room {
  readonly grant: string;
  readonly limits: WithoutReview;
}

/** Why a grant that nobody reviewed may not begin beside those that have begun; null if it may. */
export function noRoom(known: readonly GrantRecord[], { grant, limits }: Room): Reason | null {
  const record = known.find(({ id }) => id === grant);
  if (record?.unreviewed !== true) return null;
  const others = known.filter(({ id, state }) => id !== grant && begun(state));
  return oneTooMany(unreviewed(others), counted(record), limits);
}
