import type { ErrorObject } from 'ajv';
import type { Schemas } from './open.mjs';
import type { Json } from './schema.js';
import { isObject } from './schema.js';

declare global {
  /** Schemas that test files share (`test/support/environment.mjs`). */
  var githubSchemas: Schemas | undefined;
}
const schemas = globalThis.githubSchemas ?? (await import('./open.mjs')).schemas;

/** More problems of one body than this say nothing new. */
const MOST_PROBLEMS = 10;

const describe = ({ instancePath, message, params }: ErrorObject): string =>
  `${instancePath || '/'} ${message ?? 'is wrong'} ${JSON.stringify(params)}`;

const worded = (errors: readonly ErrorObject[]): string[] =>
  Array.from(errors.slice(0, MOST_PROBLEMS), describe);

const once = <T>(make: () => T): (() => T) => {
  let made: T | undefined;
  return () => (made ??= make());
};

/** GitHub names a parameter differently from route to route; only its position counts. */
const shape = (route: string): string => route.replace(/\{[^}]*\}|:[A-Za-z_]+/g, '{}');

const rest = once(() => {
  const { roots, errors } = schemas.rest();
  const routes = new Map<string, readonly [route: string, answers: Json]>();
  for (const [route, answers] of Object.entries(roots)) routes.set(shape(route), [route, answers]);
  const problems = (path: readonly string[], body: unknown) => worded(errors(path, body));
  return { problems, routes };
});

/** Whether the published description knows a route (`/repos/{owner}/{repo}` or `/repos/:owner/:repo`). */
export const isDescribed = (method: string, route: string): boolean =>
  rest().routes.has(shape(`${method.toUpperCase()} ${route}`));

/**
 * What is wrong with an answer according to GitHub's published description; empty if nothing is. `route` is the
 * template with its parameters in either notation, `body` the parsed JSON (undefined: none). Answers of 400 and above
 * have GitHub's basic error (422: what the route describes, if it does); any other status that the route does not
 * describe is a problem.
 */
export function validateAnswer(
  method: string,
  route: string,
  status: number,
  body: unknown,
): string[] {
  const { routes, problems } = rest();
  const found = routes.get(shape(`${method.toUpperCase()} ${route}`));
  if (!found) return [`${method} ${route} is not in the published description`];
  const [name, answers] = found;
  const schema = isObject(answers) ? answers[status] : undefined;
  // Refusals have GitHub's basic error, which the description leaves out in places, or mixes with overlapping forms.
  if (status >= 400 && (status !== 422 || !schema))
    return problems(['schemas', 'basic-error'], body);
  if (schema === undefined) return [`${name} never answers ${status}`];
  if (schema !== null) return problems(['roots', name, String(status)], body);
  return body === undefined || body === null || body === ''
    ? []
    : [`${name} answers ${status} without a body`];
}

/**
 * What is wrong with a webhook's payload according to the published schemas; `action` is null for events that have none
 * (`push`, `ping`).
 */
export function validateDelivery(event: string, action: string | null, payload: unknown): string[] {
  const { roots, errors } = schemas.webhooks();
  const name = action === null ? event : `${event}.${action}`;
  return name in roots
    ? worded(errors(['roots', name], payload))
    : [`there is no webhook ${name} in lab/github/schemas/routes.ts`];
}
