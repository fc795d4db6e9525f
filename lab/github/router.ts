import type { Route } from './http.js';

/** Parameters that may hold slashes. */
const LONG = new Set(['path', 'ref', 'branch', 'basehead', 'tree_sha']);

interface Compiled {
  readonly route: Route;
  readonly pattern: RegExp;
  readonly names: readonly string[];
}

function compile(route: Route): Compiled {
  const names: string[] = [];
  const pattern = route.path
    .replace(/[.*+?^$()|[\]\\]/g, '\\$&')
    .replace(/\{(\w+)\}/g, (_, name: string) => {
      names.push(name);
      return LONG.has(name) ? '(.+)' : '([^/]+)';
    });
  return { route, names, pattern: new RegExp(`^${pattern}$`) };
}

export interface Match {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

export type Router = (method: string, path: string) => Match | null;

/** A part that cannot be decoded (`%zz`) stays as it is, and finds nothing. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Finds the route of a call; if several fit, the first in the table. */
export function router(routes: readonly Route[]): Router {
  const compiled = routes.map(compile);
  return (method, path) => {
    for (const { route, pattern, names } of compiled) {
      const found = route.method === method ? pattern.exec(path) : null;
      if (!found) continue;
      const values = names.map((name, i) => [name, decode(found[i + 1] ?? '')]);
      return { route, params: Object.fromEntries(values) as Record<string, string> };
    }
    return null;
  };
}
