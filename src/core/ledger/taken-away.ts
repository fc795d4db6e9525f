import type { Change } from '../change/change.js';
import type { NewEntry } from './events.js';
import type { GrantRecord, Who } from '../grant/record.js';
import { endsTooMany, type MassEnding } from '../policy/mass-ending.js';
import type { Reason } from '../reading/reason.js';
import { endOf, type DeclaredWindow, type NewEnd, type Window } from '../grant/window.js';

/** A step, and who is named as its author. */
interface Step {
  readonly step: { readonly commit: string; readonly pull_request: number | null };
  readonly by: Who | null;
}

interface Taking extends Step {
  /** Withdrawals and narrowings. */
  readonly changes: readonly Change[];
  readonly live: readonly GrantRecord[];
  readonly mass_ending: MassEnding;
  readonly now: Date;
}

/** The entries of a step that only takes access away (invariant 7), and why its endings are held, if they are. */
export function takenAway(of: Taking): {
  readonly entries: readonly NewEntry[];
  readonly held: string | null;
} {
  const { lasting, held } = heldEndings(of);
  const told = of.changes.filter((change) => !lasting.includes(change));
  const entries = told.map((change) =>
    change.kind === 'withdrawn' ? withdrawn(of, changedFrom(change)) : narrowed(of, change),
  );
  return { entries, held };
}

/** The endings of a step that are held because they are too many at once, and why; null where they take effect. */
export function heldEndings(of: Pick<Taking, 'changes' | 'live' | 'mass_ending' | 'now'>): {
  readonly lasting: readonly Change[];
  readonly held: string | null;
} {
  const endings = of.changes.filter((change) => endsGrant(change, of.now));
  const losing = endings.map((change) => changedFrom(change).subject.id);
  const live = of.live.map(({ subject }) => subject.id);
  const held = endsTooMany(losing, live, of.mass_ending);
  return { lasting: held === null ? [] : endings, held };
}

/** Whether a change ends a grant. Narrowing it to an end in the past does too. */
function endsGrant({ kind, from, to }: Change, now: Date): boolean {
  if (kind !== 'narrowed' || !to) return kind === 'withdrawn';
  const { window } = to.declared;
  const end = refrozen(from?.window ?? null, window)?.ends_at ?? window.expires_at;
  return end !== null && Date.parse(end) <= now.getTime();
}

/** The grant that a change starts from; throws where there is none. */
export function changedFrom(change: Change): GrantRecord {
  if (!change.from) throw new Error(`${change.path} is ${change.kind} and changes from no grant`);
  return change.from;
}

/** The entry that ends a grant early, or withdraws it before its intent. */
export function withdrawn(of: Step, record: GrantRecord): NewEntry {
  const at = { grant: record.id, pull_request: of.step.pull_request };
  const why = `its file was removed or changed in ${of.step.commit.slice(0, 12)}`;
  const body = { why, who: of.by, reasons: noLongerAsks(why) };
  return record.state === 'scheduled'
    ? { ...at, kind: 'grant.withdrawn', body }
    : { ...at, kind: 'grant.ending', body };
}

/** The reason for ending a grant whose file was removed or asks for something else. */
export function noLongerAsks(message: string): Reason[] {
  return [{ code: 'file_no_longer_asks', message }];
}

/** The entry of a smaller scope or an earlier end for the same start. */
export function narrowed(of: Step, change: Change): NewEntry {
  const { scope, ...end } = otherEnd(of, change);
  return { ...end, kind: 'grant.narrowed', body: { ...end.body, scope } };
}

/** The entry of a later end for the same start, which somebody reviewed or nobody. */
export function extended(of: Step, change: Change, unreviewed: boolean): NewEntry {
  const { scope: _scope, ...end } = otherEnd(of, change);
  return { ...end, kind: 'grant.extended', body: { ...end.body, unreviewed } };
}

function otherEnd({ step }: Step, change: Change) {
  if (!change.to) throw new Error(`${change.path} is ${change.kind} and has no content`);
  const record = changedFrom(change);
  const { window, scope } = change.to.declared;
  const body: NewEnd = { window, digest: change.digest, frozen: refrozen(record.window, window) };
  return { grant: record.id, pull_request: step.pull_request, body, scope };
}

/** A frozen window with a different end for the same start (invariant 12). */
function refrozen(frozen: Window | null, declared: DeclaredWindow): Window | null {
  return frozen && { starts_at: frozen.starts_at, ends_at: endOf(declared, frozen.starts_at) };
}
