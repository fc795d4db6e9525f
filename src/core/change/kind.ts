import type { Entitled } from '../grant/effect.js';
import { canonical } from '../reading/canonical.js';
import type { DeclaredGrant, Scope } from '../grant/grant.js';
import { mergeOf, type GrantRecord } from '../grant/record.js';
import type { ResolvedGrant } from './resolve.js';
import { endOf, startOf } from '../grant/window.js';

/** What new content does to a grant: null for nothing, `replaced` for an end and another grant. */
export type ContentChange = 'extended' | 'narrowed' | 'replaced' | null;

/** Whether a file still asks for the same access as the grant: subject, resource, role, break-glass. */
export function sameAsked(record: GrantRecord, asked: DeclaredGrant): boolean {
  const { subject, resource, role, break_glass } = record.declared;
  return (
    asked.subject.toLowerCase() === subject.toLowerCase() &&
    asked.resource === resource &&
    asked.role === role &&
    asked.break_glass === break_glass
  );
}

/** Whether a file differs from the grant in nothing but its words for people. */
export function sameDeclared(record: GrantRecord, asked: DeclaredGrant): boolean {
  return (
    sameAsked(record, asked) &&
    sameScope(record.declared.scope, asked.scope) &&
    canonical(record.window_declared) === canonical(asked.window)
  );
}

/** Whether two scopes allow the same actions, in any order. */
export function sameScope(one: Scope | null, other: Scope | null): boolean {
  return within(one, other) && within(other, one);
}

/** Having no scope is the widest (invariant 8). */
function within(inner: Scope | null, outer: Scope | null): boolean {
  if (outer === null) return true;
  return inner !== null && inner.actions.every((action) => outer.actions.includes(action));
}

function sameAccess({ declared, subject, entitled }: GrantRecord, to: ResolvedGrant): boolean {
  const access = ({ slot, level, entitlement, at_use = {} }: Entitled) =>
    canonical([slot, level, entitlement, at_use]);
  return (
    entitled !== null &&
    subject.id === to.subject.id &&
    declared.resource === to.declared.resource &&
    declared.role === to.declared.role &&
    declared.break_glass === to.declared.break_glass &&
    access(entitled) === access(to.entitled)
  );
}

/**
 * What new content does to a live grant (invariant 8). It compares declared starts, where one in the past means the
 * merge, and frozen ends, or the ends that the starts would lead to. Two cases are decided for the safe side: a grant
 * that was activated cannot start again, so a start after `now` makes it another grant; and where a fixed end becomes a
 * duration that has not begun to run, it is unknown whether the end is later.
 */
export function kindOf(record: GrantRecord, to: ResolvedGrant, now: Date): ContentChange {
  if (!sameAccess(record, to)) return 'replaced';
  const { window: frozen, window_declared: before } = record;
  const { window: after, scope } = to.declared;
  const merged_at = mergeOf(record);
  const oldStart = startOf(before, merged_at);
  const newStart = startOf(after, merged_at);
  const oldEnd = frozen?.ends_at ?? endOf(before, oldStart);
  const newEnd = endOf(after, frozen && frozen.starts_at > newStart ? frozen.starts_at : newStart);
  const moved = newStart !== oldStart;
  if (newStart < oldStart) return 'replaced';
  if (frozen && moved && newStart > now.toISOString()) return 'replaced';

  const equalScope = sameScope(record.declared.scope, scope);
  if (newEnd > oldEnd) return !moved && equalScope ? 'extended' : 'replaced';
  if (frozen && !moved && newEnd === oldEnd && equalScope) return null;
  if (!frozen && before.expires_at !== null && after.expires_at === null) return 'replaced';
  return within(scope, record.declared.scope) ? 'narrowed' : 'replaced';
}
