import type { Deliveries } from './deliveries.js';
import { validateAnswer, validateDelivery } from './schemas/validate.js';

/** An answer or a webhook of the stand-in that GitHub's published descriptions do not allow: a fault of the stand-in. */
export interface Violation {
  /** `GET /repos/{owner}/{repo} 200`, `webhook push`. */
  readonly what: string;
  readonly problems: readonly string[];
}

export interface Answer {
  readonly status: number;
  /** JSON, or the bytes of something else. */
  readonly body?: unknown;
}

export interface Violations {
  list(): readonly Violation[];
  /** The answer of a route, or a 500 with the reason if GitHub would not give such an answer. */
  judge<A extends Answer>(method: string, route: string, answer: A): A | Answer;
  /** Deliveries that throw for a payload that GitHub would not send. */
  watch(deliveries: Deliveries): Deliveries;
}

/** What a receiver parses: it has no undefined fields. */
const asJson = (body: unknown): unknown =>
  body === undefined ? undefined : JSON.parse(JSON.stringify(body));

/** Without `strict` nothing is checked. */
export function keepViolations(strict: boolean): Violations {
  const all: Violation[] = [];
  const remember = (what: string, problems: readonly string[]) => {
    if (problems.length > 0) all.push({ what, problems });
    return problems.length > 0 ? `${what} is not as GitHub describes it` : null;
  };
  return {
    list: () => all,
    judge(method, route, answer) {
      const { status, body } = answer;
      // GitHub never documents a 5xx, and what is not JSON has no schema.
      if (!strict || status >= 500 || Buffer.isBuffer(body)) return answer;
      const problems = validateAnswer(method, route, status, asJson(body));
      const message = remember(`${method} ${route} ${status}`, problems);
      return message === null ? answer : { status: 500, body: { message, problems } };
    },
    watch: (deliveries) =>
      strict
        ? {
            ...deliveries,
            send(app, event, payload) {
              const action = typeof payload['action'] === 'string' ? payload['action'] : null;
              const name = action === null ? event : `${event}.${action}`;
              const problems = validateDelivery(event, action, asJson(payload));
              const message = remember(`webhook ${name}`, problems);
              if (message !== null) throw new Error(`${message}: ${problems.join('; ')}`);
              deliveries.send(app, event, payload);
            },
          }
        : deliveries,
  };
}
