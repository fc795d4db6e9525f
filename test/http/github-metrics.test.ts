import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { countCalls } from '../../src/http/github-metrics.js';

const API = 'https://api.github.com';

/** What a worker that got these answers tells of its calls to GitHub. */
async function told(calls: readonly [path: string, answer: Response | Error][]) {
  const registry = new Registry();
  const answers = calls.map(([, answer]) => answer);
  const fetch = countCalls(registry, async () => {
    const answer = answers.shift();
    if (answer instanceof Response) return answer;
    throw answer ?? new Error('nobody asked for this');
  });
  for (const [path, answer] of calls) {
    const asking = fetch(`${API}${path}`);
    if (answer instanceof Error) await expect(asking).rejects.toThrow(answer);
    else expect(await asking).toBe(answer);
  }
  const text = await registry.metrics();
  return text.split('\n').filter((line) => line.startsWith('daypass_'));
}

const limited = (resource: string, remaining: string, status = 200) =>
  new Response('{}', {
    status,
    headers: {
      'x-ratelimit-resource': resource,
      'x-ratelimit-remaining': remaining,
      'x-ratelimit-limit': '5000',
    },
  });

test('calls are counted by kind and status, with what is left of the hour of each resource', async () => {
  expect(
    await told([
      ['/repos/acme/access', limited('core', '4999')],
      ['/repos/acme/access', limited('core', '4998', 404)],
      ['/graphql', limited('graphql', '4700')],
      ['/graphql', new Error('the network is away')],
    ]),
  ).toEqual([
    'daypass_github_calls_total{kind="rest",status="200"} 1',
    'daypass_github_calls_total{kind="rest",status="404"} 1',
    'daypass_github_calls_total{kind="graphql",status="200"} 1',
    'daypass_github_calls_total{kind="graphql",status="none"} 1',
    'daypass_github_rate_limit_remaining{resource="core"} 4998',
    'daypass_github_rate_limit_remaining{resource="graphql"} 4700',
    'daypass_github_rate_limit{resource="core"} 5000',
    'daypass_github_rate_limit{resource="graphql"} 5000',
  ]);
});

test('an answer without limits, or with what is none, is counted and tells nothing of them', async () => {
  expect(
    await told([
      ['/app', new Response('{}')],
      ['/app', limited('a"b', '1')],
      ['/app', limited('core', 'many')],
    ]),
  ).toEqual([
    'daypass_github_calls_total{kind="rest",status="200"} 3',
    'daypass_github_rate_limit{resource="core"} 5000',
  ]);
});
