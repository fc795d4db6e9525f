import { addSeconds } from 'date-fns/addSeconds';
import { formatDuration } from '../reading/duration.js';
import { wholeLength, type DeclaredWindow, type Window } from './window.js';

/** How much more a grant is offered; a shorter one is offered its own length again. Seconds. */
const MORE = 3600;

/**
 * The line of a grant file that would extend a live grant: the key that it has, with a later end for the same start
 * (invariants 8, 12). Whether policy allows it is decided on the pull request that makes the change.
 */
export function extension(declared: DeclaredWindow, frozen: Window): string {
  const length = wholeLength({ ...declared, expires_at: frozen.ends_at }, frozen.starts_at);
  const more = Math.min(length, MORE);
  if (declared.expires_at === null) return `duration: ${formatDuration(length + more)}`;
  const end = addSeconds(declared.expires_at, more);
  // People write no milliseconds where there are none.
  return `expires_at: ${end.toISOString().replace('.000Z', 'Z')}`;
}
