import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

/**
 * `fetch` for GitHub's API that counts each call by its kind and status, and keeps what GitHub said last of each of its
 * hourly limits ("Rate limits for the REST API": the headers `x-ratelimit-…`).
 */
export function countCalls(registry: Registry, fetch: typeof globalThis.fetch): typeof fetch {
  const calls = new Counter({
    name: 'daypass_github_calls_total',
    help: "Calls to GitHub's API by kind (rest, graphql) and status; none where no answer came",
    labelNames: ['kind', 'status'],
    registers: [registry],
  });
  const gauge = (name: string, help: string) =>
    new Gauge({ name, help, labelNames: ['resource'], registers: [registry] });
  const remaining = gauge(
    'daypass_github_rate_limit_remaining',
    'What is left of the hour, as GitHub said it last',
  );
  const limit = gauge('daypass_github_rate_limit', 'What GitHub allows in an hour');
  return async (...asked) => {
    const kind = kindOf(asked[0]);
    let answer;
    try {
      answer = await fetch(...asked);
    } catch (error) {
      calls.inc({ kind, status: 'none' });
      throw error;
    }
    calls.inc({ kind, status: String(answer.status) });
    const { headers } = answer;
    const resource = headers.get('x-ratelimit-resource');
    const left = headers.get('x-ratelimit-remaining');
    const allowed = headers.get('x-ratelimit-limit');
    if (resource !== null && RESOURCE.test(resource)) {
      if (isCount(left)) remaining.set({ resource }, Number(left));
      if (isCount(allowed)) limit.set({ resource }, Number(allowed));
    }
    return answer;
  };
}

/** GitHub has about a dozen; what looks like none is no label. */
const RESOURCE = /^[a-z_]{1,40}$/;

const isCount = (text: string | null): text is string => text !== null && /^\d{1,9}$/.test(text);

function kindOf(asked: Parameters<typeof globalThis.fetch>[0]): 'rest' | 'graphql' {
  const url = asked instanceof Request ? asked.url : String(asked);
  return new URL(url).pathname.endsWith('/graphql') ? 'graphql' : 'rest';
}
