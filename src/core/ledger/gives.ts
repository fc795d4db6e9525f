import type { Entry } from './events.js';
import { fold, isGrantEntry } from './fold.js';
import type { GrantRecord } from '../grant/record.js';

/** One step that gave access to a grant: the step that added it, or one that extended it. */
export interface Giving {
  readonly kind: 'added' | 'extended';
  readonly pull_request: number | null;
  /** The effect digest that was approved there. */
  readonly digest: string | null;
  /** The grant before that step; null where the step added it. */
  readonly before: GrantRecord | null;
}

/**
 * The steps that gave access to a grant, oldest first, from its own entries, oldest first. All of them must still be
 * valid for it to be activated (invariant 7).
 */
export function givings(entries: Iterable<Entry>): readonly Giving[] {
  const found: Giving[] = [];
  let record: GrantRecord | null = null;
  for (const entry of entries) {
    if (!isGrantEntry(entry)) continue;
    const { pull_request } = entry;
    if (entry.kind === 'grant.approved') {
      found.push({ kind: 'added', pull_request, digest: entry.body.digest, before: null });
    }
    if (entry.kind === 'grant.extended') {
      found.push({ kind: 'extended', pull_request, digest: entry.body.digest, before: record });
    }
    record = fold(record, entry);
  }
  return found;
}
