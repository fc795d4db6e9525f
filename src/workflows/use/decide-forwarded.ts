import type { ShownCredential } from '../../core/use/callers.js';
import { readForwarded, type ForwardedRequest } from '../../core/use/forward/forwarded.js';
import { asksForward } from '../../core/policy/enforcement/point.js';
import { decideUse, noPoint, otherwise, type DecidingWorld, type ToldAtUse } from './decide-use.js';

/** What is told of a call: a decision, or why there is none. */
export type ToldForward =
  ToldAtUse | { readonly kind: 'no_subject' | 'unreadable' | 'not_current'; readonly why: string };

/**
 * Decides about a call that goes through a proxy. Which headers say what it is, the policy in force says by the point that
 * the caller is, never the request (invariant 27).
 */
export function decideForwarded(
  world: DecidingWorld,
  shown: ShownCredential,
  request: ForwardedRequest,
): ToldForward {
  const known = world.kept.current();
  if ('why' in known)
    return {
      kind: 'not_current',
      why: `it is not known well enough what is current: ${known.why}`,
    };
  const caller = known.callers.of(shown);
  if (!caller) return noPoint(shown);
  const { point } = caller;
  if (!asksForward(point)) return otherwise(caller);
  const asked = readForwarded(request, point, known.policy.data);
  return 'kind' in asked ? asked : decideUse(world, shown, asked, 'forward');
}
