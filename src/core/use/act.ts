import type { Role } from '../policy/catalog.js';
import { EVERY_ACTION } from '../policy/data-at-use.js';
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

/** An act that was read, and its name where no role names it. */
export interface ReadAct {
  readonly act: Act;
  /** For people. */
  readonly words: string;
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

/** The actions of a role that an act is; a role of every action allows what it does not name as well. */
function actionsOf({ actions = [], commands = {}, routes = {} }: Role, read: ReadAct): string[] {
  const { act, segments } = read;
  const every = actions.includes(EVERY_ACTION);
  if (act.kind === 'call') {
    const named = Object.keys(routes).filter((action) =>
      own(routes, action)?.some((text) => {
        const pattern = readRoute(text);
        return !('why' in pattern) && allowsRoute(pattern, { method: act.method, segments });
      }),
    );
    return named.length > 0 || !every ? named : [act.method.toLowerCase()];
  }
  if (!every && !actions.includes(act.name)) return [];
  if (act.kind === 'action' || every) return [act.name];
  const patterns = own(commands, act.name) ?? [];
  return patterns.some((pattern) => allowsCommand(pattern, act.argv)) ? [act.name] : [];
}

/** The action by which a role, narrowed by a scope, allows an act; null if it does not. */
export function allowedBy(role: Role, scope: Scope | null, read: ReadAct): string | null {
  const actions = actionsOf(role, read);
  return actions.find((action) => scope === null || scope.actions.includes(action)) ?? null;
}
