import { EVERY_ACTION } from '../policy/data-at-use.js';
import type { AtUse } from '../grant/at-use.js';
import type { Scope } from '../grant/grant.js';
import { allowsCommand, unjudgeable } from '../reading/command.js';
import { ACTION } from '../reading/names.js';
import { own, quote } from '../reading/problem.js';
import { allowsRoute, METHOD, readPath, readRoute } from '../reading/route.js';

/**
 * What somebody is about to do: an action by its name, a command that is to be such an action by its words, or a call by
 * its method and path.
 */
export type Act =
  | { readonly kind: 'action'; readonly name: string }
  | { readonly kind: 'command'; readonly name: string; readonly argv: readonly string[] }
  | { readonly kind: 'call'; readonly method: string; readonly target: string };

/** An act that was read. */
export interface ReadAct {
  readonly act: Act;
  /** For people. */
  readonly words: string;
  /** Of the path of a call; empty for others. */
  readonly segments: readonly string[];
}

/** Reads an act. What cannot be judged is not allowed (invariant 28): returns in words why. */
export function readAct(act: Act): ReadAct | { readonly why: string } {
  if (act.kind === 'call') {
    const read = readPath(act.target);
    if ('why' in read) return read;
    if (!METHOD.test(act.method)) return { why: `${quote(act.method)} is not a method of HTTP` };
    const words = quote(`${act.method} /${read.segments.join('/')}`);
    return { act, words, segments: read.segments };
  }
  if (!ACTION.pattern.test(act.name))
    return { why: `${quote(act.name)} is not an action. Use ${ACTION.allowed}` };
  if (act.kind === 'action') return { act, words: act.name, segments: [] };
  const why = unjudgeable(act.argv);
  return why === null
    ? { act, words: `${act.name} by ${quote(act.argv.join(' '))}`, segments: [] }
    : { why };
}

/** The actions of a role that an act is by the patterns that the role names, and `wide` by the name that it has anyhow. */
function actionsOf({ actions = [], commands = {}, routes = {} }: AtUse, read: ReadAct) {
  const { act, segments } = read;
  const every = actions.includes(EVERY_ACTION);
  if (act.kind === 'call') {
    const named = Object.keys(routes).filter((action) =>
      own(routes, action)?.some((text) => {
        const pattern = readRoute(text);
        return !('why' in pattern) && allowsRoute(pattern, { method: act.method, segments });
      }),
    );
    return { named, wide: every ? act.method.toLowerCase() : null };
  }
  const has = every || actions.includes(act.name);
  if (act.kind === 'action') return { named: has ? [act.name] : [], wide: null };
  const patterns = own(commands, act.name) ?? [];
  const fits = has && patterns.some((pattern) => allowsCommand(pattern, act.argv));
  return { named: fits ? [act.name] : [], wide: every && patterns.length === 0 ? act.name : null };
}

/**
 * The action by which a role, narrowed by a scope, allows an act; null if it does not. A role of every action allows
 * commands and calls that none of its patterns name as well, but only where no scope narrows it: whoever asks chooses
 * the name of those.
 */
export function allowedBy(role: AtUse, scope: Scope | null, read: ReadAct): string | null {
  return allowedByBoth(role, role, scope, read);
}

/** The same by two forms of a role: the first action by which both allow it. */
export function allowedByBoth(
  one: AtUse,
  other: AtUse,
  scope: Scope | null,
  read: ReadAct,
): string | null {
  const [first, second] = [actionsOf(one, read), actionsOf(other, read)];
  const within = (action: string) => scope === null || scope.actions.includes(action);
  const [mine, theirs] = [first.named.filter(within), second.named.filter(within)];
  if (mine.length > 0 || theirs.length > 0)
    return mine.find((action) => theirs.includes(action)) ?? null;
  return scope === null && first.wide === second.wide ? first.wide : null;
}
