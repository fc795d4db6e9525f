import { environmentAsked } from '../../core/use/asked.js';
import type { AskedSearch } from '../../core/use/authzen/search.js';
import { candidatesOf, type FoundEntity } from '../../core/use/candidates.js';
import { someOf } from '../../core/reading/problem.js';
import { asksForward } from '../../core/policy/enforcement/point.js';
import type { ShownCredential } from '../../core/use/callers.js';
import { noPoint, otherwise, wouldAllow } from './decide-use.js';
import { inTurns, type Turns } from './in-turns.js';
import type { KeptCurrent } from './keep-current.js';

/** The most candidates that one answer decides about: what is left is for the next page. */
const MOST_CANDIDATES = 10_000;

/** What a search found, or in words why nothing can be said. */
export type FoundAtUse =
  | {
      readonly kind: 'found';
      readonly results: readonly FoundEntity[];
      /** Where the next page begins; null after the last. */
      readonly next: string | null;
    }
  | {
      readonly kind: 'no_point' | 'forbidden' | 'no_environment' | 'not_current';
      readonly why: string;
    };

/**
 * What a search of an enforcement point finds: what would be allowed now if it were asked about, each decided at its own
 * moment by everything that decides a use. Where it is not known what is current there is no answer, since an empty one
 * would say that nobody may do it (invariant 27).
 */
export async function searchUses(
  kept: Pick<KeptCurrent, 'current'>,
  shown: ShownCredential,
  search: AskedSearch,
  turns: Turns,
): Promise<FoundAtUse> {
  const known = kept.current();
  if ('why' in known) return notCurrent(known);
  const found = known.callers.of(shown);
  if (!found) return noPoint(shown);
  if (asksForward(found.point)) return otherwise(found);
  const { point } = found;
  if (environmentAsked(search.question, point.environment) === null) {
    const some = someOf([...new Set(point.guards.map(({ environment }) => environment))]);
    const why = `the search names no environment. Send it as resource.properties.environment: ${some}`;
    return { kind: 'no_environment', why };
  }
  const { catalog } = known.policy.data;
  const results: FoundEntity[] = [];
  const end: { next: string | null; stale: FoundAtUse | null } = { next: null, stale: null };
  let last = search.after ?? '';
  let looked = 0;
  await inTurns(
    candidatesOf(search, found, { catalog, grants: known.grants }),
    ({ place, if_allowed }) => {
      if (results.length >= search.limit || looked >= MOST_CANDIDATES) {
        end.next = last;
        return 'done';
      }
      looked += 1;
      last = place;
      if (if_allowed === null) return 'more';
      const now = kept.current();
      if ('why' in now) {
        end.stale = notCurrent(now);
        return 'done';
      }
      if (wouldAllow(now, shown, if_allowed.asked)) results.push(if_allowed.result);
      return 'more';
    },
    turns,
  );
  return end.stale ?? { kind: 'found', results, next: end.next };
}

const notCurrent = ({ why }: { readonly why: string }): FoundAtUse => ({
  kind: 'not_current',
  why: `it is not known well enough what is current: ${why}`,
});
