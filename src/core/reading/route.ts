import { quote } from './problem.js';

/** A pattern for calls over HTTP: a method, or `*` for any, and the segments of a path. */
export interface RoutePattern {
  readonly method: string;
  readonly segments: readonly string[];
}

/** The most characters of a path. */
const PATH_LENGTH = 2_048;

/** A method of HTTP, as all that are registered are written. */
export const METHOD = /^[A-Z]{1,20}$/;
/** What RFC 3986 allows in a segment, without `;`, which some servers cut a segment at. */
const SEGMENT = /^(?:[A-Za-z0-9._~!$&'()*+,=:@-]|%[0-9A-Fa-f]{2})*$/;
/**
 * An escape of ASCII that is no blank: what needs none has two spellings, and some servers read `/`, `;`, `?`, `%` and
 * controls out of theirs.
 */
const NEEDLESS = /%(?!20)[0-7][0-9A-Fa-f]/;

/** Overlong forms of `/` and `.` are no UTF-8, and some servers decode them. */
function isUtf8(segment: string): boolean {
  try {
    decodeURIComponent(segment);
    return true;
  } catch {
    return false;
  }
}

/**
 * The segments of the path of a request target, whose query does not matter here. What another server may read
 * differently is refused, never repaired (invariant 28): empty segments, `.` and `..`, `\`, `;`, escapes of `/`, `\`,
 * `.`, `%`, of control characters and of what needs none. A trailing slash is an empty last segment.
 */
export function readPath(
  target: string,
): { readonly segments: readonly string[] } | { readonly why: string } {
  if (target.length > PATH_LENGTH)
    return { why: `the path has more than ${PATH_LENGTH} characters` };
  const path = target.split('?', 1)[0] ?? '';
  const refused = (why: string) => ({ why: `the path ${quote(path)} ${why}` });
  if (!path.startsWith('/')) return refused('does not begin with /');
  const segments = path.slice(1).split('/');
  for (const [index, segment] of segments.entries()) {
    if (segment === '' && index < segments.length - 1) return refused('has an empty segment');
    if (segment === '.' || segment === '..') return refused(`has a segment ${segment}`);
    if (!SEGMENT.test(segment)) return refused('has characters that a path cannot have');
    if (NEEDLESS.test(segment) || !isUtf8(segment))
      return refused('escapes what has no need of it, or what hides something');
  }
  // RFC 3986, 6.2.2.1: the hexadecimal digits of an escape have no case.
  return { segments: segments.map((one) => one.replace(/%[0-9a-f]{2}/gi, upper)) };
}

const upper = (text: string) => text.toUpperCase();

/**
 * Reads a pattern such as `GET /v1/orders/**`. A segment `*` stands for one segment, a last segment `**` for whatever
 * follows, nothing included. Returns in words what is wrong.
 */
export function readRoute(text: string): RoutePattern | { readonly why: string } {
  const [, method = '', path = ''] = /^(\S+) (\S+)$/.exec(text) ?? [];
  if (path === '') return { why: 'a route is a method and a path, such as GET /v1/orders/**' };
  if (method !== '*' && !METHOD.test(method))
    return { why: 'the method is in capital letters, or * for any' };
  const read = readPath(path);
  if ('why' in read) return read;
  const { segments } = read;
  for (const [index, segment] of segments.entries()) {
    if (!segment.includes('*')) continue;
    if (segment !== '*' && segment !== '**') return { why: '* stands for a whole segment' };
    if (segment === '**' && index < segments.length - 1)
      return { why: '** is the last segment of a path' };
  }
  return { method, segments };
}

/** Whether a pattern allows a method and the segments of a path. */
export function allowsRoute(
  { method, segments }: RoutePattern,
  asked: { readonly method: string; readonly segments: readonly string[] },
): boolean {
  if (method !== '*' && method !== asked.method) return false;
  const open = segments.at(-1) === '**';
  const before = open ? segments.slice(0, -1) : segments;
  const { length } = asked.segments;
  if (open ? length < before.length : length !== before.length) return false;
  return before.every((segment, index) =>
    segment === '*' ? asked.segments[index] !== '' : segment === asked.segments[index],
  );
}
