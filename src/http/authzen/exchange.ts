import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ShownCredential } from '../../core/use/callers.js';
import type { Handler } from '../answer.js';
import type { NamesCaller } from '../callers.js';
import { readJson } from '../json-body.js';

/** What is answered: a JSON value with its status. An error is a text, as the standard has it. */
export interface Answered {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers a body that a known caller sent. `abandoned` says whether it still waits. */
export type AnswersCaller = (
  caller: ShownCredential,
  body: unknown,
  abandoned: () => boolean,
  headers: IncomingMessage['headers'],
) => Promise<Answered> | Answered;

/**
 * A route that only callers with a credential may ask, with a JSON body of at most `limit` bytes; at most `at_once` are
 * received and answered at once, and more get 503.
 */
export function exchange(
  nameCaller: NamesCaller,
  limit: number,
  answers: AnswersCaller,
  at_once = Number.POSITIVE_INFINITY,
): Handler {
  let now = 0;
  const answerOne: Handler = async (request, response) => {
    const caller = await nameCaller(request);
    if (caller === null) {
      respond(request, response, NO_CREDENTIAL);
      return;
    }
    const read = await readJson(request, limit);
    if ('why' in read) {
      respond(request, response, { status: read.status, body: read.why });
      return;
    }
    const answered = await answers(caller, read.value, () => response.destroyed, request.headers);
    if (!response.destroyed) respond(request, response, answered);
  };
  return async (request, response) => {
    if (now >= at_once) {
      const body = `${at_once} such requests are being answered already: ask again in a moment`;
      respond(request, response, { status: 503, body });
      return;
    }
    now += 1;
    try {
      await answerOne(request, response);
    } finally {
      now -= 1;
    }
  };
}

const NO_CREDENTIAL: Answered = {
  status: 401,
  body: 'send the token of an enforcement point, or of an issuer that one trusts (Authorization: Bearer …), or show the client certificate of one',
};

/** A route without a body that only callers with a credential may ask; `last` is the last part of its path. */
export function reading(
  nameCaller: NamesCaller,
  answers: (caller: ShownCredential, last: string) => Promise<Answered>,
): Handler {
  return async (request, response) => {
    const caller = await nameCaller(request);
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    const last = path.slice(path.lastIndexOf('/') + 1);
    respond(request, response, caller === null ? NO_CREDENTIAL : await answers(caller, last));
  };
}

/** A request id comes back as it was sent, if it is short and plain. */
const REQUEST_ID = /^[\x21-\x7e]{1,200}$/;

/** Answers JSON. */
export function respond(
  request: IncomingMessage,
  response: ServerResponse,
  { status, body, headers: more = {} }: Answered,
): void {
  const text = JSON.stringify(body);
  const id = request.headers['x-request-id'];
  const headers: Record<string, string | number> = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  };
  if (status === 401) headers['www-authenticate'] = 'Bearer';
  if (typeof id === 'string' && REQUEST_ID.test(id)) headers['x-request-id'] = id;
  // What is left of a body that was refused is not read.
  if (status >= 400) headers.connection = 'close';
  response.writeHead(status, { ...headers, ...more });
  response.end(text);
}
