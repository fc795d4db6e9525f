import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { GitHubCall } from '../core/work/github-call.js';

/** The App that asked: the one on the access repository, the one for targets, or that for requests. Each has an hourly limit of its own. */
export type AskingApp = 'access' | 'targets' | 'requests';

/**
 * Counts the calls to GitHub of each App by kind and status, and keeps what GitHub said last of each of its hourly
 * limits.
 */
export function countCalls(registry: Registry): (app: AskingApp) => (call: GitHubCall) => void {
  const calls = new Counter({
    name: 'daypass_github_calls_total',
    help: 'Calls to GitHub by App, kind (rest, graphql, git) and status; none where no status is known',
    labelNames: ['app', 'kind', 'status'],
    registers: [registry],
  });
  const unsent = new Counter({
    name: 'daypass_github_calls_held_back_total',
    help: "Calls not sent, because the last tenth of the hour's limit is for ends and the default branch",
    labelNames: ['app', 'resource'],
    registers: [registry],
  });
  const gauge = (name: string, help: string) =>
    new Gauge({ name, help, labelNames: ['app', 'resource'], registers: [registry] });
  const left = gauge(
    'daypass_github_rate_limit_remaining',
    'What is left of the hourly limit, by the latest answer',
  );
  const allowed = gauge('daypass_github_rate_limit', 'The hourly limit, by the latest answer');
  return (app) =>
    ({ kind, status, resource, remaining, limit, held_back }) => {
      if (held_back) return unsent.inc({ app, resource: resource ?? 'none' });
      calls.inc({ app, kind, status: status === null ? 'none' : String(status) });
      if (resource === null || !RESOURCE.test(resource)) return;
      if (remaining !== null) left.set({ app, resource }, remaining);
      if (limit !== null) allowed.set({ app, resource }, limit);
    };
}

/** The names of GitHub's limits look like this; nothing else becomes a label. */
const RESOURCE = /^[a-z_]{1,40}$/;
