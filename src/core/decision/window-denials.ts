import type { Change } from '../change/change.js';
import { less } from '../grant/effect.js';
import { checkWindow } from '../grant/window.js';
import type { Reason } from '../reading/reason.js';

/** The core's own denials of the window that a change asks for; less access can always be asked for (invariant 7). */
export function windowDenials(
  change: Pick<Change, 'kind' | 'from' | 'to'>,
  now: Date,
  limits: { readonly max_lead_seconds: number },
): readonly Reason[] {
  if (!change.to || less(change)) return [];
  const from = change.from?.window?.starts_at ?? null;
  const problems = checkWindow(change.to.declared.window, now, limits, from);
  return problems.map((problem) => ({ ...problem, rule: 'core/window' }));
}
