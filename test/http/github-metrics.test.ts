import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import type { GitHubCall } from '../../src/core/work/github-call.js';
import { countCalls, type AskingApp } from '../../src/http/github-metrics.js';

const call = (more: Partial<GitHubCall>): GitHubCall => ({
  ...{ kind: 'rest', route: 'GET /app', status: 200 },
  ...{ resource: 'core', remaining: 4_999, limit: 5_000 },
  ...more,
});
const untold = { status: null, resource: null, remaining: null, limit: null };

/** The lines in the metrics after these calls. */
async function told(...calls: readonly [AskingApp, GitHubCall][]) {
  const registry = new Registry();
  const count = countCalls(registry);
  for (const [app, one] of calls) count(app)(one);
  const text = await registry.metrics();
  return text.split('\n').filter((line) => line.startsWith('daypass_'));
}

test("calls are counted by App, kind and status, with what is left of each resource's hour", async () => {
  const lines = await told(
    ['access', call({})],
    ['access', call({ status: 404, remaining: 4_998 })],
    ['access', call({ kind: 'graphql', resource: 'graphql', remaining: 4_700 })],
    ['access', call({ kind: 'graphql', ...untold })],
    ['access', call({ kind: 'git', route: 'fetch', ...untold })],
    ['targets', call({ remaining: 12 })],
    ['access', call({ ...untold, kind: 'graphql', resource: 'graphql', held_back: true })],
  );
  expect(lines).toEqual([
    'daypass_github_calls_total{app="access",kind="rest",status="200"} 1',
    'daypass_github_calls_total{app="access",kind="rest",status="404"} 1',
    'daypass_github_calls_total{app="access",kind="graphql",status="200"} 1',
    'daypass_github_calls_total{app="access",kind="graphql",status="none"} 1',
    'daypass_github_calls_total{app="access",kind="git",status="none"} 1',
    'daypass_github_calls_total{app="targets",kind="rest",status="200"} 1',
    'daypass_github_calls_held_back_total{app="access",resource="graphql"} 1',
    'daypass_github_rate_limit_remaining{app="access",resource="core"} 4998',
    'daypass_github_rate_limit_remaining{app="access",resource="graphql"} 4700',
    'daypass_github_rate_limit_remaining{app="targets",resource="core"} 12',
    'daypass_github_rate_limit{app="access",resource="core"} 5000',
    'daypass_github_rate_limit{app="access",resource="graphql"} 5000',
    'daypass_github_rate_limit{app="targets",resource="core"} 5000',
  ]);
});

test("a name that is not a limit's becomes no label", async () => {
  expect(await told(['access', call({ resource: 'a"b' })])).toEqual([
    'daypass_github_calls_total{app="access",kind="rest",status="200"} 1',
  ]);
});
