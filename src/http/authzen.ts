import type { IncomingMessage, ServerResponse } from 'node:http';
import { readEvaluation } from '../core/use/authzen.js';
import type { AskedQuestion } from '../core/use/asked.js';
import type { Routes } from './answer.js';
import type { NamesCaller } from './callers.js';
import { readJson } from './json-body.js';
import type { ToldAtUse } from '../workflows/use/decide-use.js';

/** The most bytes of a question. */
const QUESTION_BYTES = 64 * 1024;

interface AuthzenOptions {
  readonly nameCaller: NamesCaller;
  readonly decide: (caller: string, asked: AskedQuestion) => ToldAtUse;
}

/**
 * The AuthZEN Authorization API 1.0 (https://openid.net/specs/authorization-api-1_0.html). A denial is a 200; another
 * status says that there is no decision.
 */
export function authzen({ nameCaller, decide }: AuthzenOptions): Routes {
  return {
    'POST /access/v1/evaluation': async (request, response) => {
      const caller = nameCaller(request);
      if (caller === null) {
        unauthorised(request, response);
        return;
      }
      const body = await readJson(request, QUESTION_BYTES);
      if ('why' in body) {
        respond(request, response, body.status, body.why);
        return;
      }
      const asked = readEvaluation(body.value);
      if ('error' in asked) {
        respond(request, response, 400, asked.error);
        return;
      }
      const told = decide(caller, asked);
      if (told.kind === 'forbidden') respond(request, response, 403, told.why);
      else respond(request, response, 200, decisionOf(told));
    },
  };
}

/** The decision and its context, as the standard has it; the context is Daypass's own (docs/enforcing.md). */
function decisionOf(told: ToldAtUse & { kind: 'decided' }) {
  const { decision, at, ask_for, evaluation } = told;
  const [first] = decision.reasons;
  return {
    decision: decision.allowed,
    context: {
      evaluation_id: evaluation,
      ...(at !== null && { evaluated_at: at }),
      reason: first.code,
      reason_user: first.message,
      ...(decision.grant !== null && { grant: decision.grant }),
      ...(decision.ends_at !== null && { ends_at: decision.ends_at }),
      ...(decision.warnings.length > 0 && {
        warnings: decision.warnings.map(({ message }) => message),
      }),
      ...(ask_for && {
        ask_for: { command: ask_for.command, ...(ask_for.link && { link: ask_for.link }) },
      }),
    },
  };
}

function unauthorised(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('www-authenticate', 'Bearer');
  respond(
    request,
    response,
    401,
    'send the token of an enforcement point: Authorization: Bearer …',
  );
}

/** A request id comes back as it was sent, if it is short and plain. */
const REQUEST_ID = /^[\x21-\x7e]{1,200}$/;

/** Answers JSON. An error is a text, as the standard has it. */
function respond(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: unknown,
): void {
  const text = JSON.stringify(body);
  const id = request.headers['x-request-id'];
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(typeof id === 'string' && REQUEST_ID.test(id) && { 'x-request-id': id }),
    // What is left of a body that was refused is not read.
    ...(status >= 400 && { connection: 'close' }),
  });
  response.end(text);
}
