import type { AskFor } from '../../core/use/ask-for.js';
import type { Malformed } from '../../core/use/authzen/question.js';
import type { ToldAtUse } from '../../workflows/use/decide-use.js';
import type { Answered } from './exchange.js';

/** The answer to a single question, or to a batch whose caller may ask nothing. */
export function answerOf(told: ToldAtUse): Answered {
  if (told.kind !== 'decided')
    return { status: told.kind === 'no_point' ? 401 : 403, body: told.why };
  return { status: 200, body: decisionOf(told) };
}

/** The answers to a batch in the order of its questions: one that failed is denied, with an error in its context. */
export function answersOf(all: readonly (ToldAtUse | Malformed)[]): Answered {
  const none = all.find((told) => 'kind' in told && told.kind === 'no_point');
  if (none && 'kind' in none) return answerOf(none);
  const evaluations = all.map((told) => {
    if ('error' in told) return failed(400, told.error);
    return told.kind === 'decided' ? decisionOf(told) : failed(403, told.why);
  });
  return { status: 200, body: { evaluations } };
}

function failed(status: number, message: string) {
  return { decision: false, context: { error: { status, message } } };
}

/** The decision and its context, as the standard has it; the context is Daypass's own (docs/enforcing.md). */
export function decisionOf(told: ToldAtUse & { kind: 'decided' }) {
  const { decision, at, ask_for, evaluation, requestable } = told;
  const [first] = decision.reasons;
  return {
    decision: decision.allowed,
    // What is undefined is left out of JSON.
    context: {
      evaluation_id: evaluation,
      evaluated_at: at ?? undefined,
      reason: first.code,
      reason_user: first.message,
      grant: decision.grant ?? undefined,
      ends_at: decision.ends_at ?? undefined,
      warnings:
        decision.warnings.length > 0 ? decision.warnings.map(({ message }) => message) : undefined,
      ask_for: ask_for ? { command: ask_for.command, link: ask_for.link ?? undefined } : undefined,
      access_request:
        ask_for && requestable
          ? {
              ...requestable,
              form_url: ask_for.link ?? undefined,
              display: { title: titleOf(ask_for), command: ask_for.command },
            }
          : undefined,
    },
  };
}

const titleOf = ({ role, resource, environment, duration }: AskFor): string =>
  `Ask for ${role} on ${resource} in ${environment}${duration === null ? '' : ` for ${duration}`}`;
