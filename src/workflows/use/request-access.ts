import { guardsPlace, type EnforcementPoint } from '../../core/policy/enforcement/point.js';
import {
  endsOf,
  mayAskUntil,
  requestableIn,
  type RequestTask,
} from '../../core/use/requests/access-request.js';
import type { Submission } from '../../core/use/authzen/request.js';
import type { ShownCredential } from '../../core/use/callers.js';
import type { UseRow } from '../../core/use/use-row.js';
import type { RequestBox } from '../../ports.js';
import { noPoint } from './decide-use.js';
import type { KeptCurrent } from './keep-current.js';

/** What is answered to a request: its task, why there is none, or what is wrong with it as the profile names it. */
export type ToldRequest =
  | { readonly kind: 'task'; readonly task: RequestTask }
  | { readonly kind: 'refused'; readonly status: 401 | 403 | 429 | 503; readonly why: string }
  | {
      readonly kind:
        | 'not_requestable'
        | 'expired_denial'
        | 'invalid_denial_binding'
        | 'duplicate_request'
        | 'unknown_task'
        | 'task_expired';
      readonly why: string;
    };

interface AskingWorld {
  readonly kept: Pick<KeptCurrent, 'current'>;
  readonly box: RequestBox;
  /** An id that nobody guesses. */
  readonly newId: () => string;
  /** Has the log written, and waits a moment. */
  readonly logged: () => Promise<void>;
}

/** A denial is in the log within a moment; it is looked for so often. */
const LOOKS = 10;

/**
 * Adds the request of an enforcement point for what it was denied. Who the person is and what would allow it, the log of
 * that use says, and never the request: it must be the caller's own use, of the last minutes, about the same subject,
 * action and resource.
 */
export async function requestAccess(
  { kept, box, newId, logged }: AskingWorld,
  shown: ShownCredential,
  said: Submission & { readonly key: string | null; readonly digest: string },
): Promise<ToldRequest> {
  const known = kept.current();
  const caller = callerOf(known, shown);
  if ('kind' in caller) return caller;
  const { point } = caller;
  const use = await denialOf(box, said.evaluation, logged);
  const now = caller.now;
  // Of another's evaluation nothing is said, not even that there is one.
  if (use?.point !== point.name || use.subject_id === null)
    return {
      kind: 'invalid_denial_binding',
      why: `no denied evaluation ${said.evaluation} of yours is known`,
    };
  const found = requestableIn(use.asked_for);
  if (!found) return { kind: 'not_requestable', why: 'no grant would allow that use' };
  if (now >= mayAskUntil(use.at) || now >= new Date(said.expires_at))
    return { kind: 'expired_denial', why: 'ask for the use again, and then for access' };
  if (said.binding !== found.binding)
    return {
      kind: 'invalid_denial_binding',
      why: 'subject, action and resource are not those of the denied evaluation',
    };
  const { resource, environment } = found.draft;
  if (!guardsPlace(point, { resource, environment }))
    return {
      kind: 'refused',
      status: 403,
      why: `${point.name} does not guard ${resource} any more`,
    };
  const { reason, ticket, until } = said;
  const ends = until === null ? {} : { duration: null, expires_at: until };
  const added = await box.add({
    ...{ id: newId(), evaluation: use.evaluation, point: point.name, subject_id: use.subject_id },
    ...{ idempotency_key: said.key, digest: said.digest, asked_at: now.toISOString() },
    draft: { ...found.draft, ...ends, reason, ticket },
  });
  if (added.kind === 'task') return added;
  return added.kind === 'too_many'
    ? { kind: 'refused', status: 429, why: added.why }
    : { kind: 'duplicate_request', why: 'this Idempotency-Key came with another request' };
}

/** How far a request is, for the enforcement point that sent it. */
export async function requestTask(
  { kept, box }: Pick<AskingWorld, 'kept' | 'box'>,
  shown: ShownCredential,
  id: string,
): Promise<ToldRequest> {
  const caller = callerOf(kept.current(), shown);
  if ('kind' in caller) return caller;
  const task = id.length > 100 ? null : await box.task(id, caller.point.name);
  if (!task) return { kind: 'unknown_task', why: 'no such task of yours is known' };
  if (caller.now >= endsOf(task).readable_until)
    return { kind: 'task_expired', why: 'it is too old' };
  return { kind: 'task', task };
}

function callerOf(
  known: ReturnType<KeptCurrent['current']>,
  shown: ShownCredential,
): ToldRequest | { readonly point: EnforcementPoint; readonly now: Date } {
  if ('why' in known) {
    const why = `it is not known well enough what is current: ${known.why}`;
    return { kind: 'refused', status: 503, why };
  }
  const caller = known.callers.of(shown);
  if (!caller) return { kind: 'refused', status: 401, why: noPoint(shown).why };
  return { point: caller.point, now: known.now };
}

async function denialOf(
  box: RequestBox,
  evaluation: string,
  logged: AskingWorld['logged'],
): Promise<UseRow | null> {
  for (let look = 0; look < LOOKS; look += 1) {
    const use = await box.denial(evaluation);
    if (use?.evaluation === evaluation) return use;
    await logged();
  }
  return null;
}
