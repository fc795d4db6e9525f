import type { Change } from '../change/change.js';
import { sameWords } from '../grant/grant.js';
import { wordsNow, type Who } from '../grant/record.js';
import type { NewEntry } from './events.js';
import { changedFrom } from './taken-away.js';

/** A step, and who is named as its author. */
interface Rewording {
  readonly step: { readonly pull_request: number | null };
  readonly by: Who | null;
}

/** The entry of other words for the same access, with whose they are (invariant 8). */
export function reworded({ step, by }: Rewording, change: Change): NewEntry {
  if (!change.to) throw new Error(`${change.path} is ${change.kind} and has no words`);
  const { reason, ticket } = change.to.declared;
  return {
    kind: 'grant.reworded',
    grant: changedFrom(change).id,
    pull_request: step.pull_request,
    body: { reason, ticket, who: by, digest: change.digest },
  };
}

/** The words that an extension or a narrowing brings along; nothing where it says the same as before. */
export function otherWords(of: Rewording, change: Change): readonly NewEntry[] {
  const { kind, from, to } = change;
  if (kind !== 'extended' && kind !== 'narrowed') return [];
  return from && to && !sameWords(wordsNow(from), to.declared) ? [reworded(of, change)] : [];
}
