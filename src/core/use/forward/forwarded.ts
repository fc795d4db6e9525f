import { typeAtUse, type PolicyData } from '../../policy/catalog.js';
import type { EnforcementPoint, ForwardDialect } from '../../policy/enforcement/point.js';
import { own } from '../../reading/problem.js';
import { PERSON, type AskedQuestion } from '../asked.js';

/** What a proxy sent here before it passes a request on. */
export interface ForwardedRequest {
  readonly method: string;
  /** What follows `/enforce` in its target, with the query. */
  readonly below: string;
  /** Every header as it came, names and values: one that came twice is there twice. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** The header with whoever the proxy let sign in, in every dialect. */
const USER = 'x-daypass-user';
/** The most characters of a name. */
const LONGEST = 1_000;

/**
 * Where each dialect has the method and the target of the request. A proxy passes on every other header that the client
 * sent, so those of another dialect are the client's own word and are never read (invariant 27).
 */
const HEADERS: Readonly<Record<Exclude<ForwardDialect, 'envoy'>, readonly [string, string]>> = {
  // https://nginx.org/en/docs/http/ngx_http_auth_request_module.html
  nginx: ['x-original-method', 'x-original-uri'],
  // https://caddyserver.com/docs/caddyfile/directives/forward_auth, https://doc.traefik.io/traefik/middlewares/http/forwardauth/
  forwarded: ['x-forwarded-method', 'x-forwarded-uri'],
};

/**
 * The question that a proxy asks: whether somebody may make this call to the one place that the point guards. What the
 * dialect needs is there once, or there is no question: `no_subject` says that nobody has signed in at the proxy,
 * `unreadable` that the proxy does not send what its dialect has.
 */
export function readForwarded(
  { method, below, headers }: ForwardedRequest,
  { name, speaks, guards }: EnforcementPoint & { readonly speaks: ForwardDialect },
  { catalog }: Pick<PolicyData, 'catalog'>,
): AskedQuestion | { readonly kind: 'no_subject' | 'unreadable'; readonly why: string } {
  const wrong = (kind: 'no_subject' | 'unreadable', why: string) => ({
    kind,
    why: `the enforcement point ${name} speaks ${speaks}, and ${why}`,
  });
  const [place] = guards;
  if (!place) return wrong('unreadable', 'guards nothing');
  const call = speaks === 'envoy' ? { method, path: below } : callOf(HEADERS[speaks], headers);
  if ('why' in call) return wrong('unreadable', call.why);
  const user = once(USER, headers);
  if (user === null)
    return wrong('unreadable', `its request has the header ${USER} more than once`);
  if (user === '') return wrong('no_subject', `its request has no ${USER}: who is it?`);
  if (user.length > LONGEST)
    return wrong('unreadable', `${USER} has more than ${LONGEST} characters`);
  const resource = own(catalog, place.resource);
  return {
    subject: { type: PERSON, id: user, properties: {} },
    action: { name: 'call', properties: call },
    resource: {
      type: resource ? typeAtUse(resource) : '',
      id: place.resource,
      properties: { environment: place.environment },
    },
    context: {},
  };
}

function callOf(
  [methodHeader, pathHeader]: readonly [string, string],
  headers: ForwardedRequest['headers'],
): { readonly method: string; readonly path: string } | { readonly why: string } {
  const method = once(methodHeader, headers);
  const path = once(pathHeader, headers);
  for (const [header, value] of [
    [methodHeader, method],
    [pathHeader, path],
  ] as const)
    if (value === null || value === '') {
      const found = value === '' ? 'is missing' : 'came more than once';
      return { why: `the header ${header} ${found}: set it in the proxy's configuration` };
    }
  return { method: method ?? '', path: path ?? '' };
}

/** The value of a header that came once; empty where it did not come, null where it came more often. */
function once(name: string, headers: ForwardedRequest['headers']): string | null {
  const found = headers.filter(([one]) => one.toLowerCase() === name);
  return found.length > 1 ? null : (found[0]?.[1] ?? '');
}
