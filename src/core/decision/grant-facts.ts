import { differenceInSeconds } from 'date-fns/differenceInSeconds';
import { min } from 'date-fns/min';
import type { Change } from '../change/change.js';
import type { DeclaredGrant, Scope } from '../grant/grant.js';
import { mergeOf, wordsNow, type GrantRecord } from '../grant/record.js';
import { startOf, wholeLength, type DeclaredWindow } from '../grant/window.js';

/** A grant in the form that policy reads. */
export interface GrantFacts {
  readonly path: string;
  readonly environment: string;
  readonly resource: string;
  readonly role: string;
  readonly subject_id: number;
  readonly reason: string;
  readonly ticket: string | null;
  readonly break_glass: boolean;
  readonly scope: Scope | null;
  readonly starts_at: string | null;
  readonly expires_at: string | null;
  /**
   * The whole length from start to end, seconds, including an extension (invariant 12). For a grant that has ended, how
   * long it gave access.
   */
  readonly duration_seconds: number;
}

/** A grant of the ledger in the form that policy reads. */
export interface LiveFacts extends GrantFacts {
  readonly id: string;
  readonly state: string;
  readonly ends_at: string | null;
}

/** What another change of the same pull request asks for. */
export interface SiblingFacts extends GrantFacts {
  /** The id of the live grant that it changes from; null for a new one. */
  readonly changes_from: string | null;
}

/** What another open pull request was approved to give. */
export interface PendingFacts extends LiveFacts {
  /** The same as for a sibling. */
  readonly changes_from: string | null;
}

/** What a change asks for; null for `withdrawn`. The length of an extension counts from the start that it keeps. */
export function askedFacts({ to, from }: Change, now: Date): GrantFacts | null {
  if (!to) return null;
  const { declared, subject } = to;
  const start = from ? startOfRecord(from) : startOf(declared.window, now.toISOString());
  return facts(declared, declared.window, subject.id, start);
}

/** The facts of a pull request's other changes, sorted by path, without those that ask for nothing. */
export function siblingFacts(changes: readonly Change[], now: Date): readonly SiblingFacts[] {
  return changes
    .flatMap((change) => {
      const asked = change.kind === 'reworded' ? null : askedFacts(change, now);
      return asked ? { ...asked, changes_from: change.from?.id ?? null } : [];
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The facts of a grant of the ledger. */
export function liveFacts(record: GrantRecord): LiveFacts {
  const { id, state, declared, subject, window, window_declared, ended_at } = record;
  const words = { ...declared, ...wordsNow(record) };
  const asked = facts(words, window_declared, subject.id, startOfRecord(record));
  return {
    ...asked,
    ...(ended_at !== null && { duration_seconds: secondsGiven(record, ended_at) }),
    id,
    state,
    ends_at: window?.ends_at ?? window_declared.expires_at,
  };
}

/** A late end is Daypass's fault and does not count against the subject. */
function secondsGiven({ window }: GrantRecord, ended_at: string): number {
  if (!window) return 0;
  const end = min([ended_at, window.ends_at]);
  return Math.max(0, differenceInSeconds(end, window.starts_at, { roundingMethod: 'ceil' }));
}

/** The facts of grants of the ledger, sorted by id. */
export function sortedFacts(records: readonly GrantRecord[]): readonly LiveFacts[] {
  return records.map(liveFacts).sort((a, b) => (a.id < b.id ? -1 : 1));
}

function startOfRecord(record: GrantRecord): string {
  return record.window?.starts_at ?? startOf(record.window_declared, mergeOf(record));
}

function facts(
  declared: Omit<DeclaredGrant, 'lines'>,
  window: DeclaredWindow,
  subject_id: number,
  start: string,
): GrantFacts {
  const { path, environment, resource, role, reason, ticket, break_glass, scope } = declared;
  const { starts_at, expires_at } = window;
  const duration_seconds = wholeLength(window, start);
  return {
    ...{ path, environment, resource, role, subject_id, reason, ticket, break_glass, scope },
    ...{ starts_at, expires_at, duration_seconds },
  };
}
