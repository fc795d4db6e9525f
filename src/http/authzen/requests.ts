import { readSubmission, type Submission } from '../../core/use/authzen/request.js';
import { endsOf, type RequestTask } from '../../core/use/requests/access-request.js';
import { fingerprint } from '../../core/reading/canonical.js';
import type { ShownCredential } from '../../core/use/callers.js';
import type { ToldRequest } from '../../workflows/use/request-access.js';
import type { Routes } from '../answer.js';
import type { NamesCaller } from '../callers.js';
import { exchange, reading, type Answered } from './exchange.js';
import { PATHS } from './paths.js';

/** The most bytes of a request. */
const REQUEST_BYTES = 64 * 1024;
/** Each may wait a moment until its denial is in the log. */
const AT_ONCE = 4;

/** What is done with requests. */
export interface RequestRoutes {
  ask(
    caller: ShownCredential,
    said: Submission & { readonly key: string | null; readonly digest: string },
  ): Promise<ToldRequest>;
  task(caller: ShownCredential, id: string): Promise<ToldRequest>;
}

/** The problems that the profile names, with their status ("Error Responses"). */
const PROBLEMS = {
  not_requestable: 400,
  expired_denial: 410,
  invalid_denial_binding: 400,
  duplicate_request: 409,
  unknown_task: 404,
  task_expired: 410,
} as const;
const ERRORS = 'urn:openid:authzen:access-request:error:';

/** What a key of a request may be (Idempotency-Key). */
const KEY = /^[\x21-\x7e]{1,200}$/;

/** How long to wait before a task is asked about again, seconds. */
const AGAIN_SECONDS = 5;

/** The AuthZEN Access Request and Approval Profile 1.0: a denial is asked for, and its task followed. */
export function accessRequests(
  nameCaller: NamesCaller,
  requestsAt: () => string | null,
  { ask, task }: RequestRoutes,
): Routes {
  const not_served: Answered = { status: 404, body: 'requests for access are not served here' };
  return {
    [`POST ${PATHS.requests}`]: exchange(
      nameCaller,
      REQUEST_BYTES,
      async (caller, body, _abandoned, headers) => {
        const endpoint = requestsAt();
        if (endpoint === null) return not_served;
        const said = readSubmission(body);
        if ('error' in said) return { status: 400, body: said.error };
        const key = headers['idempotency-key'] ?? null;
        if (key !== null && (typeof key !== 'string' || !KEY.test(key)))
          return { status: 400, body: 'Idempotency-Key must be 1 to 200 visible ASCII characters' };
        const told = await ask(caller, { ...said, key, digest: fingerprint(body) });
        return answered(endpoint, told, 202);
      },
      AT_ONCE,
    ),
    [`GET ${PATHS.requests}/*`]: reading(nameCaller, async (caller, id) => {
      const endpoint = requestsAt();
      return endpoint === null ? not_served : answered(endpoint, await task(caller, id), 200);
    }),
  };
}

function answered(endpoint: string, told: ToldRequest, status: number): Answered {
  switch (told.kind) {
    case 'task': {
      const { task } = told;
      const body = taskOf(endpoint, task);
      const headers = {
        ...(status === 202 && { location: body.task.status_endpoint }),
        ...(task.status === 'pending' && { 'retry-after': String(AGAIN_SECONDS) }),
      };
      return { status, body, headers };
    }
    case 'refused':
      return { status: told.status, body: told.why };
    default: {
      const { kind, why } = told;
      const body = { type: ERRORS + kind, title: kind, status: PROBLEMS[kind], detail: why };
      const headers = { 'content-type': 'application/problem+json' };
      return { status: PROBLEMS[kind], body, headers };
    }
  }
}

/** A task as the profile has it. The grant itself is what allows; its id stands for the approval, as the task's does. */
function taskOf(endpoint: string, task: RequestTask) {
  const { id, status, why, review, approved_until, settled_at } = task;
  return {
    task: {
      ...{ id, status, status_endpoint: `${endpoint}/${id}` },
      expires_at: endsOf(task).readable_until.toISOString(),
      ...(why !== null && { display: { description: why } }),
      ...(review !== null && { links: { review, ticket: review } }),
    },
    ...(status === 'approved' && {
      result: { mode: 'reevaluate', approval: { id, approved_at: settled_at, approved_until } },
    }),
  };
}
