import { formatDuration } from '../reading/duration.js';
import type { Entitled } from '../grant/effect.js';
import { code } from './escape.js';
import type { DeclaredGrant, Scope } from '../grant/grant.js';
import type { DeclaredWindow, Window } from '../grant/window.js';

/** A time for people, in the form `2026-11-24 21:00 UTC`. */
export function timeInWords(at: string): string {
  const utc = new Date(at).toISOString();
  return `${utc.slice(0, 10)} ${utc.slice(11, 16)} UTC`;
}

/** How long access lasts or would last, from its frozen window where there is one. */
export function span(declared: DeclaredWindow, frozen: Window | null): string {
  const { starts_at, duration_seconds, expires_at } = declared;
  if (frozen) return `until ${timeInWords(frozen.ends_at)}`;
  const from = starts_at === null ? '' : `from ${timeInWords(starts_at)} `;
  if (expires_at !== null) return `${from}until ${timeInWords(expires_at)}`;
  const length = formatDuration(duration_seconds ?? 0);
  return starts_at === null ? `${length} from the merge` : `${length} ${from.trim()}`;
}

/** What somebody gets, in Markdown. */
export function access({ role, resource, environment }: Omit<DeclaredGrant, 'lines'>): string {
  return `${code(role)} on ${code(resource)} in ${code(environment)}`;
}

const namesIn = (names: readonly string[]) => names.map((name) => code(name)).join(', ');

/** What a role is narrowed to, in Markdown. */
export function only(scope: Scope): string {
  return `only ${namesIn(scope.actions) || 'nothing'}`;
}

/** Who holds access to its scope. What a point does not see goes by the role's rights in the target. */
function scopeHeld({ enforces_scope, scope_points }: Entitled): readonly string[] {
  if (enforces_scope) return ['enforces the scope'];
  if (!scope_points) return [];
  return [
    `**does not know the scope**: ${some(scope_points)} holds what goes through it to that, and past it the whole role holds`,
  ];
}

/** The most enforcement points that are named. */
const NAMED_POINTS = 3;

function some(points: readonly string[]): string {
  const more = points.length - NAMED_POINTS;
  return `${namesIn(points.slice(0, NAMED_POINTS))}${more > 0 ? ` or ${more} more` : ''}`;
}

/** What the target does by itself at the end, and what it does not (invariant 19). */
export function enforced(by: Entitled, scope: Scope | null): readonly string[] {
  const expiry = {
    full: 'ends it by itself as well',
    new_sessions: 'refuses new sessions after the end by itself as well',
    none: 'does not end it by itself: Daypass does',
  }[by.native_expiry];
  const sessions = by.ends_sessions ? 'open sessions are ended' : 'open sessions may outlive it';
  return [
    expiry,
    by.keep_sessions ? '**open sessions are kept** after the end' : sessions,
    ...(by.leaves_traces
      ? [
          '**what is done with it can outlive it**: the role owns objects, lets people make some or may give rights on',
        ]
      : []),
    ...(scope ? scopeHeld(by) : []),
    ...(by.at_use?.actions ? [`allows ${namesIn(by.at_use.actions)} at use`] : []),
  ];
}

/** Why something is still there after an end (invariant 14). */
export const EXPLAINED =
  'explained by another live grant, a standing entry or what was there before';
