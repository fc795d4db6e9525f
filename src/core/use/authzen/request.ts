import { own, quote } from '../../reading/problem.js';
import { parseTimestamp } from '../../reading/timestamp.js';
import { bindingOf } from '../requests/access-request.js';
import { saysSomething } from '../request-line.js';
import type { Properties } from '../asked.js';
import { actionIn, contextIn, entityIn, objectIn, wholeOf, type Malformed } from './question.js';

/** What an access request submission says. Who asks and for what access is in the log of the denied evaluation. */
export interface Submission {
  readonly evaluation: string;
  /** What the denial said that it expires at. */
  readonly expires_at: string;
  /** The fingerprint of subject, action and resource, to be compared with what was denied. */
  readonly binding: string;
  readonly reason: string;
  readonly ticket: string | null;
  /** Until when access is asked for; null for as long as the smallest grant has it. */
  readonly until: string | null;
}

/** As long as the reason and the ticket of a grant file may be. */
const LONGEST = { reason: 500, ticket: 100 } as const;

/** Members of the profile that would have to be followed, and are not. */
const NOT_SERVED: Readonly<Record<string, string>> = {
  items: 'send each denied evaluation as a request of its own',
  callback: 'ask the status endpoint of the task instead',
};

/**
 * Reads an access request (AuthZEN Access Request and Approval Profile 1.0, "Access Request Submission"). The reason is
 * `context.business_justification`; `requested_access` may have `requested_until` and `ticket`.
 */
export function readSubmission(body: unknown): Submission | Malformed {
  const read = wholeOf(body);
  if ('error' in read) return read;
  const whole = read.body;
  for (const [key, instead] of Object.entries(NOT_SERVED))
    if (Object.hasOwn(whole, key)) return { error: `${key} is not served here: ${instead}` };
  const subject = entityIn(whole, 'subject');
  if ('error' in subject) return subject;
  const resource = entityIn(whole, 'resource');
  if ('error' in resource) return resource;
  const action = actionIn(whole);
  if ('error' in action) return action;
  const context = contextIn(whole);
  if ('error' in context) return context;
  const denial = objectIn(own(whole, 'denial'));
  if (!denial) return { error: 'denial must be an object with evaluation_id and expires_at' };
  const evaluation = own(denial, 'evaluation_id');
  if (typeof evaluation !== 'string' || !/^[\w-]{1,100}$/.test(evaluation))
    return { error: 'denial.evaluation_id must be the evaluation_id of the denial' };
  const expires = momentIn(denial, 'denial', 'expires_at');
  if (typeof expires === 'object') return expires;
  const reason = own(context.context, 'business_justification');
  if (typeof reason !== 'string' || reason.length > LONGEST.reason || !saysSomething(reason))
    return {
      error: `context.business_justification must say why, for the people who approve, in 1 to ${LONGEST.reason} characters`,
    };
  const wanted = Object.hasOwn(whole, 'requested_access')
    ? objectIn(whole.requested_access)
    : ({} as Properties);
  if (!wanted) return { error: 'requested_access must be an object' };
  if (own(wanted, 'emergency') === true)
    return { error: 'requested_access.emergency is not served here: use break-glass' };
  const ticket = own(wanted, 'ticket') ?? null;
  if (ticket !== null && (typeof ticket !== 'string' || ticket.length > LONGEST.ticket))
    return { error: `requested_access.ticket must be a text of 1 to ${LONGEST.ticket} characters` };
  const until = Object.hasOwn(wanted, 'requested_until')
    ? momentIn(wanted, 'requested_access', 'requested_until')
    : null;
  if (typeof until === 'object' && until !== null) return until;
  const binding = bindingOf({ subject, action, resource });
  return { evaluation, expires_at: expires, binding, reason: reason.trim(), ticket, until };
}

function momentIn(of: Properties, where: string, key: string): string | Malformed {
  const text = own(of, key);
  if (typeof text !== 'string')
    return {
      error: `${where}.${key} must be a timestamp: found ${quote(String(text))}`,
    };
  const read = parseTimestamp(text);
  return read.ok ? read.at : { error: `${where}.${key}: ${read.why}` };
}
