import { canonical } from '../reading/canonical.js';
import { changedOnBoth, sameVersion } from './both-sides.js';
import { kindOf, sameAsked, sameDeclared, sameScope } from './kind.js';
import { effectDigest, type ChangeKind, type Effect, type Entitled } from '../grant/effect.js';
import { parseGrant, sameWords, type DeclaredGrant } from '../grant/grant.js';
import { collisions, isGrantPath } from '../grant/path.js';
import { LIVE_STATES, wordsNow, type GrantRecord } from '../grant/record.js';
import { byLine, type Problem } from '../reading/problem.js';
import { resolveGrant, type ResolvedGrant } from './resolve.js';
import type { Comparison, PathChange } from './snapshot.js';
import { identityProblems, unfit, unfitWindow, type FileQuery } from './unfit.js';

export type { ResolvedGrant } from './resolve.js';
export type { IdentityUse } from './unfit.js';

/** What a pull request or a push does to one grant. */
export interface Change {
  readonly kind: ChangeKind;
  readonly path: string;
  readonly environment: string;
  /** The grant in the ledger that it changes from; null for `added` (invariant 8). */
  readonly from: GrantRecord | null;
  /** Null for `withdrawn`. */
  readonly to: ResolvedGrant | null;
  readonly effect: Effect;
  readonly digest: string;
}

/** Everything that changes are read from. */
export interface ChangesQuery extends FileQuery {
  readonly comparison: Comparison;
  /** The grants that are over and whose files stand: of each path the newest grant, where that is over. */
  readonly over: readonly GrantRecord[];
}

/**
 * What a comparison does to grants (invariant 8), sorted by path; a path that is withdrawn and added comes in this
 * order. A change starts from the grant in the ledger, whatever the difference between the files looks like. Problems
 * are those of the files that it changes.
 */
export function changesOf(query: ChangesQuery): {
  readonly changes: readonly Change[];
  readonly problems: readonly Problem[];
} {
  const { comparison, live } = query;
  const brought = comparison.grants
    .filter(({ path, before, after }) => isGrantPath(path) && !sameVersion(before, after))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const after = new Set(brought.filter(({ after }) => after).map(({ path }) => path));
  const colliding = collisions(comparison.paths_after);
  const problems = colliding.filter(({ path }) => after.has(path));
  const changes: Change[] = [];
  for (const change of brought) {
    const record = live.find(
      ({ declared, state, revoked_by }) =>
        declared.path === change.path && LIVE_STATES.includes(state) && revoked_by === null,
    );
    const read = changeOf(change, record ?? null, query);
    changes.push(...read.changes);
    problems.push(...read.problems);
  }
  return { changes, problems };
}

/** What the change of one path does. A grant may end because of content that gives nothing in its place. */
interface ReadChanges {
  readonly changes: readonly Change[];
  readonly problems: readonly Problem[];
}

function changeOf(
  brought: PathChange,
  record: GrantRecord | null,
  query: ChangesQuery,
): ReadChanges {
  const of = (changes: readonly Change[], problems: readonly Problem[] = []) => ({
    changes,
    problems,
  });
  const conflict = changedOnBoth(brought);
  if (conflict) return of([], [conflict]);
  const { path, after } = brought;
  const over = record ? [withdrawn(record)] : [];
  if (!after) return of(over);
  const parsed = parseGrant(path, after);
  if (!parsed.ok) {
    const { problems, part } = parsed;
    return of([], part ? [...problems, ...unfit(part, record, query)].toSorted(byLine) : problems);
  }
  if (record && sameDeclared(record, parsed.value)) return of(reworded(record, parsed.value));
  if (!record && isUnchanged(brought, parsed.value, query)) return of([]);

  const resolved = resolveGrant(parsed.value, query);
  if (!resolved.ok) {
    const shorter = record && shortened(record, parsed.value, query);
    if (shorter) return of([shorter]);
    const ends = record && taken(brought, record, query.now)?.kind === 'withdrawn';
    const problems = [...resolved.problems, ...unfitWindow(parsed.value, record, query)];
    return of(ends ? over : [], problems.toSorted(byLine));
  }
  const to = resolved.value;
  const kind = record ? kindOf(record, to, query.now) : 'replaced';
  if (kind === null) return of(record ? reworded(record, parsed.value) : []);
  const disputed = kind === 'narrowed' ? [] : identityProblems(to, query);
  if (kind !== 'replaced') {
    return disputed.length > 0 ? of([], disputed) : of([changed(kind, record, to)]);
  }
  return of([...over, ...(disputed.length > 0 ? [] : [changed('added', null, to)])], disputed);
}

/**
 * What new content of its file takes from a live grant, determined from the grant alone, for steps that cannot be
 * judged (invariants 7, 16). Null where it takes nothing or cannot be read.
 */
export function taken(
  { path, after }: Pick<PathChange, 'path' | 'after'>,
  record: GrantRecord,
  now: Date,
): Change | null {
  if (!after) return withdrawn(record);
  const parsed = parseGrant(path, after);
  if (!parsed.ok || !record.entitled || sameDeclared(record, parsed.value)) return null;
  if (!sameAsked(record, parsed.value)) return withdrawn(record);
  const to = asGiven(record, record.entitled, parsed.value);
  const kind = kindOf(record, to, now);
  if (kind === 'narrowed') return changed('narrowed', record, to);
  return kind === 'replaced' ? withdrawn(record) : null;
}

/** A file resolved to what an existing grant gives, for the same person. */
function asGiven(
  { subject }: GrantRecord,
  entitled: Entitled,
  declared: DeclaredGrant,
): ResolvedGrant {
  return { declared, subject: { ...subject, type: 'User', member: false }, entitled };
}

/** Other words for the same access: the grant alone is enough, and nothing is given or taken (invariant 8). */
function reworded(record: GrantRecord, declared: DeclaredGrant): readonly Change[] {
  const { entitled } = record;
  if (!entitled || sameWords(wordsNow(record), declared)) return [];
  return [changed('reworded', record, asGiven(record, entitled, declared))];
}

/** The file of a grant that is over asks for nothing again while its meaning stays (invariant 8). */
function isUnchanged(
  { path, tip }: PathChange,
  declared: DeclaredGrant,
  { over }: ChangesQuery,
): boolean {
  if (!tip || !over.some((record) => record.declared.path === path)) return false;
  const stood = parseGrant(path, tip);
  const meaning = ({ lines: _lines, ...rest }: DeclaredGrant) => canonical(rest);
  return stood.ok && meaning(stood.value) === meaning(declared);
}

/** An earlier end needs neither catalog nor account: the grant alone is enough (invariants 7, 16). */
function shortened(
  record: GrantRecord,
  declared: DeclaredGrant,
  { now }: ChangesQuery,
): Change | null {
  const { entitled } = record;
  if (!entitled || !sameAsked(record, declared)) return null;
  if (!sameScope(record.declared.scope, declared.scope)) return null;
  const to = asGiven(record, entitled, declared);
  return kindOf(record, to, now) === 'narrowed' ? changed('narrowed', record, to) : null;
}

function withdrawn(record: GrantRecord): Change {
  const { declared, entitled, window_declared: window } = record;
  if (!entitled) throw new Error(`${record.id} is ${record.state} and has no slot`);
  const asked = { ...declared, window };
  return finished('withdrawn', record, null, asked, record.subject.id, entitled);
}

function changed(kind: ChangeKind, record: GrantRecord | null, to: ResolvedGrant): Change {
  return finished(kind, record, to, to.declared, to.subject.id, to.entitled);
}

function finished(
  kind: ChangeKind,
  record: GrantRecord | null,
  to: ResolvedGrant | null,
  asked: Omit<DeclaredGrant, 'lines'>,
  subject_id: number,
  entitled: Entitled,
): Change {
  const { path, environment } = asked;
  const effect: Effect = {
    path,
    environment,
    kind,
    from: record && { grant: record.id, window: record.window_declared },
    subject_id,
    provider: entitled.slot.provider,
    target: entitled.slot.target,
    identity: entitled.slot.identity,
    entitlement: entitled.entitlement,
    role: asked.role,
    risk: entitled.risk,
    native_expiry: entitled.native_expiry,
    window: asked.window,
    scope: asked.scope,
    ...(asked.scope && entitled.scope_points && { scope_held: 'at_use' }),
    break_glass: asked.break_glass,
    reason: asked.reason,
    ticket: asked.ticket,
    ...(entitled.at_use && { at_use: entitled.at_use }),
  };
  return { kind, path, environment, from: record, to, effect, digest: effectDigest(effect) };
}
