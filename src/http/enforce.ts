import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ShownCredential } from '../core/use/callers.js';
import type { ForwardedRequest } from '../core/use/forward/forwarded.js';
import { visible } from '../core/reading/visible.js';
import type { ToldForward } from '../workflows/use/decide-forwarded.js';
import { decisionOf } from './authzen/decision.js';
import type { Routes } from './answer.js';
import type { NamesCaller } from './callers.js';

/** The longest link that goes into a header: proxies give all headers of an answer 4 kB. */
const LONGEST_LINK = 2_000;

/** What a proxy is told where there is no decision. nginx takes anything but 401 and 403 for a failure. */
const STATUS = {
  no_point: 401,
  no_subject: 401,
  forbidden: 403,
  unreadable: 403,
  not_current: 503,
} as const;

interface EnforceOptions {
  readonly nameCaller: NamesCaller;
  readonly decide: (caller: ShownCredential, request: ForwardedRequest) => ToldForward;
}

const PREFIX = '/enforce';

/**
 * Forward-auth: a proxy asks before it passes a request on, by any method and at any path below `/enforce`. 200 lets it
 * through; everything else does not, and says to the person why (403), or that nobody has signed in (401).
 */
export function enforce({ nameCaller, decide }: EnforceOptions): Routes {
  return {
    [`* ${PREFIX}/**`]: async (request, response) => {
      const caller = await nameCaller(request);
      if (caller === null) {
        const why =
          'the proxy has to send the token of its enforcement point: Authorization: Bearer …';
        tell(request, response, { status: 401, why, headers: { 'www-authenticate': 'Bearer' } });
        return;
      }
      const told = decide(caller, asForwarded(request));
      if (told.kind !== 'decided') {
        tell(request, response, { status: STATUS[told.kind], why: told.why });
        return;
      }
      answerCall(request, response, told);
    },
  };
}

function asForwarded({ method, url, rawHeaders }: IncomingMessage): ForwardedRequest {
  const names = rawHeaders.filter((_, index) => index % 2 === 0);
  const headers = names.map((name, at) => [name, rawHeaders[2 * at + 1] ?? ''] as const);
  const below = (url ?? '').slice(PREFIX.length);
  return { method: method ?? '', below: below === '' ? '/' : below, headers };
}

function answerCall(
  request: IncomingMessage,
  response: ServerResponse,
  told: ToldForward & { kind: 'decided' },
): void {
  const { decision, evaluation, question, ask_for } = told;
  const [{ message }] = decision.reasons;
  const headers = { 'x-daypass-evaluation': evaluation };
  if (!decision.allowed) {
    const { link = null, command = null } = ask_for ?? {};
    const short = link !== null && link.length <= LONGEST_LINK;
    const more: Record<string, string> = short ? { 'x-daypass-request': link } : {};
    tell(request, response, {
      ...{ status: 403, why: message, link, command, evaluation },
      ...{ headers: { ...headers, ...more }, json: decisionOf(told) },
    });
    return;
  }
  if (request.headers['x-daypass-denied'] !== undefined) {
    // nginx asks once more for the page of a denial, and passes on what it gets: a 200 would say that the call was made.
    const why = 'It is allowed by now. Send the request again.';
    tell(request, response, { status: 503, why, headers: { ...headers, 'retry-after': '0' } });
    return;
  }
  send(response, 200, 'application/json', '', {
    ...headers,
    ...(question && { 'x-daypass-subject': String(question.subject.id) }),
    ...(decision.grant !== null && { 'x-daypass-grant': encodeURI(decision.grant) }),
    ...(decision.ends_at !== null && { 'x-daypass-until': decision.ends_at }),
  });
}

interface Telling {
  readonly status: number;
  readonly why: string;
  readonly link?: string | null;
  readonly command?: string | null;
  readonly evaluation?: string;
  readonly json?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A page for somebody at a browser, JSON for everybody else. */
function tell(
  { headers: { accept = '' } }: IncomingMessage,
  response: ServerResponse,
  telling: Telling,
) {
  const { status, why, headers = {}, json = { error: why } } = telling;
  if (/\btext\/html\b/i.test(accept.slice(0, 1_000)))
    send(response, status, 'text/html; charset=utf-8', page(telling), headers);
  else send(response, status, 'application/json', JSON.stringify(json), headers);
}

function page({ why, link = null, command = null, evaluation }: Telling): string {
  const lines = [
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Not allowed</title>',
    `<h1>Not allowed</h1><p>${escaped(why)}</p>`,
    ...(link === null ? [] : [`<p><a href="${escaped(link)}">Ask for it</a></p>`]),
    ...(command === null ? [] : [`<p>or: <code>${escaped(command)}</code></p>`]),
    ...(evaluation === undefined ? [] : [`<p><small>${escaped(evaluation)}</small></p>`]),
  ];
  return `${lines.join('\n')}\n`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' },
};
const escaped = (text: string) => visible(text).replace(/[&<>"']/g, (one) => ENTITIES[one] ?? '');

function send(
  response: ServerResponse,
  status: number,
  type: string,
  text: string,
  headers: Readonly<Record<string, string>>,
): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    ...headers,
    // A body is not read: it is not what is judged.
    ...(hasBody(response.req) && { connection: 'close' }),
  });
  response.end(text);
}

const hasBody = ({ headers }: IncomingMessage) =>
  headers['transfer-encoding'] !== undefined ||
  !['0', undefined].includes(headers['content-length']);
