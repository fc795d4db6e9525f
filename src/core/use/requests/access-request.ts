import { addSeconds } from 'date-fns/addSeconds';
import { z } from 'zod';
import { fingerprint } from '../../reading/canonical.js';
import type { AskedQuestion } from '../asked.js';
import type { GrantDraft } from '../draft.js';

/** Access may be asked for so long after the use was denied. */
const MAY_ASK_SECONDS = 15 * 60;
/** A request waits so long for its grant, and its task can be read for so long. */
const WAITS_SECONDS = 7 * 86_400;
const TASK_SECONDS = 2 * WAITS_SECONDS;

/** The most requests of one person, and those that one enforcement point sent, that are open at once. */
export const MOST_OPEN = { person: 5, point: 50 } as const;

const words = z.string().max(500);
const draft = z.strictObject({
  ...{ environment: words, subject: words, resource: words, role: words },
  ...{ duration: words.nullable(), expires_at: words.nullable(), starts_at: words.nullable() },
  actions: z.array(words).max(100).nullable(),
  ...{ reason: words.nullable(), ticket: words.nullable() },
});
const requestable = z.object({ draft, binding: z.string().max(100) });

/** What the log of uses keeps of a denial that access may be asked for: the smallest grant, and what was asked. */
export type Requestable = z.infer<typeof requestable>;

/** The same from a row, which another version or somebody else may have written. */
export function requestableIn(value: unknown): Requestable | null {
  return requestable.safeParse(value).data ?? null;
}

/** The fingerprint of who was to do what on what, as the enforcement point said it. */
export function bindingOf({
  subject,
  action,
  resource,
}: Pick<AskedQuestion, 'subject' | 'action' | 'resource'>): string {
  return fingerprint({ subject, action, resource });
}

/** Until when access may be asked for after a denial. */
export function mayAskUntil(denied_at: string): Date {
  return addSeconds(new Date(denied_at), MAY_ASK_SECONDS);
}

/** A request for access as its point sent it; the person is the one of the denied use. */
export interface AskedAccess {
  readonly id: string;
  readonly evaluation: string;
  readonly point: string;
  readonly subject_id: number;
  readonly idempotency_key: string | null;
  /** The fingerprint of what was sent. */
  readonly digest: string;
  readonly draft: GrantDraft;
  readonly asked_at: string;
}

/** The draft in a row, which a decision process wrote; null for anything else. */
export function draftOfRow(text: string): GrantDraft | null {
  try {
    return z.object({ draft }).parse(JSON.parse(text)).draft;
  } catch {
    return null;
  }
}

/** How a request ended. */
export type SettledRequest =
  | { readonly status: 'approved'; readonly approved_until: string }
  | { readonly status: 'denied' | 'failed' | 'expired'; readonly why: string };

/** How far a request is. */
export interface RequestTask {
  readonly id: string;
  readonly status: 'pending' | SettledRequest['status'];
  /** Why it ended as it did; null before, and where it was approved. */
  readonly why: string | null;
  /** The pull request in a browser; null before there is one. */
  readonly review: string | null;
  readonly approved_until: string | null;
  readonly settled_at: string | null;
  readonly asked_at: string;
}

/** From when on a request is not waited for, and from when on its task is gone. */
export function endsOf({ asked_at }: Pick<RequestTask, 'asked_at'>): {
  readonly waits_until: Date;
  readonly readable_until: Date;
} {
  const at = new Date(asked_at);
  return {
    waits_until: addSeconds(at, WAITS_SECONDS),
    readable_until: addSeconds(at, TASK_SECONDS),
  };
}

/** Why a request does not follow from the denied use that it names; null where it does. */
export function strayed(
  asked: Pick<AskedAccess, 'evaluation' | 'point' | 'subject_id' | 'draft' | 'asked_at'>,
  use: {
    readonly evaluation: string;
    readonly point: string;
    readonly subject_id: number | null;
    readonly allowed: boolean;
    readonly at: string;
    readonly asked_for?: unknown;
  },
): string | null {
  const found = requestableIn(use.asked_for);
  if (use.allowed || use.evaluation !== asked.evaluation || found === null)
    return 'no access may be asked for after that use';
  if (use.point !== asked.point) return `that use was asked about by ${use.point}`;
  if (use.subject_id !== asked.subject_id) return 'that use was of somebody else';
  if (new Date(asked.asked_at) > mayAskUntil(use.at)) return 'that use was denied too long before';
  // What whoever asks may say themselves is all that may differ.
  const plain = (one: GrantDraft) => ({ ...one, ...FREE });
  return fingerprint(plain(found.draft)) === fingerprint(plain(asked.draft))
    ? null
    : 'it asks for something else than what would allow that use';
}

const FREE = { duration: null, expires_at: null, reason: null, ticket: null };
