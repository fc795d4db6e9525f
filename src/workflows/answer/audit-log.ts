import { told } from '../../core/report/audit.js';
import type { Entry } from '../../core/ledger/events.js';
import type { Ledger } from '../../ports.js';
import { entriesByPage } from '../judge/pages.js';

/** One entry, and what it says in words. */
export interface ToldEntry {
  readonly entry: Entry;
  readonly words: string;
}

/**
 * The entries about one grant, or about all grants of one path, with the steps, reviews and decisions of their pull
 * requests; all entries for null. Oldest first, found by entries alone (invariant 22). Null if no entry mentions such
 * a grant.
 */
export async function auditLog(
  { ledger }: { readonly ledger: Ledger },
  of: string | null,
): Promise<AsyncIterable<ToldEntry> | null> {
  if (of === null) return inWords(entriesByPage(ledger, {}));
  const landed = await ledger.landedAs(of);
  const entries = new Map<number, Entry>();
  const pulls = new Set<number>();
  const paths = new Set<string>();
  for await (const entry of entriesByPage(ledger, { grants: landed.length > 0 ? landed : [of] })) {
    entries.set(entry.seq, entry);
    if (entry.pull_request !== null) pulls.add(entry.pull_request);
    if (entry.kind === 'grant.approved' || entry.kind === 'grant.quarantined')
      paths.add(entry.body.declared.path);
  }
  if (entries.size === 0) return null;
  for (const pull_request of pulls) {
    for await (const entry of entriesByPage(ledger, { pull_request })) {
      if (entry.grant === null && concerns(entry, paths)) entries.set(entry.seq, entry);
    }
  }
  return inWords([...entries.values()].sort((a, b) => a.seq - b.seq));
}

/** A pull request may change several grants: its decisions on the others are no part of the story. */
function concerns(entry: Entry, paths: ReadonlySet<string>): boolean {
  return entry.kind !== 'decision.made' || paths.has(entry.body.path);
}

async function* inWords(
  entries: Iterable<Entry> | AsyncIterable<Entry>,
): AsyncGenerator<ToldEntry> {
  for await (const entry of entries) yield { entry, words: told(entry) };
}
