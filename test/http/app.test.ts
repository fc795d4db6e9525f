import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { Octokit } from '@octokit/rest';
import { parse } from 'yaml';
import { topicsOf } from '../../src/core/work/topics-of-delivery.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const adapter = join(root, 'src/adapters/github');
const sources = readdirSync(adapter, { recursive: true, encoding: 'utf8' })
  // What `daypass request` does, a person does with their own token; requests have an App of their own.
  .filter((path) => path.endsWith('.ts') && !/^(person|requests-app)\//.test(path))
  .map((path) => readFileSync(join(adapter, path), 'utf8'))
  .join('\n');
const { default_permissions: asked, default_events: events } = parse(
  readFileSync(join(root, 'app.yml'), 'utf8'),
) as {
  default_permissions: Record<string, string>;
  default_events: string[];
};

/**
 * The permissions that each call needs, from GitHub's documentation ("Permissions required for GitHub Apps"; GraphQL
 * and git use the same permissions). A call as the app itself needs none.
 */
const NEEDS: Readonly<Record<string, Readonly<Record<string, 'read' | 'write'>>>> = {
  'GET /repos/{owner}/{repo}': { metadata: 'read' },
  'GET /repos/{owner}/{repo}/installation': {},
  'GET /repos/{owner}/{repo}/activity': { contents: 'read' },
  'GET /repos/{owner}/{repo}/branches/{branch}': { contents: 'read' },
  'GET /repos/{owner}/{repo}/rules/branches/{branch}': { metadata: 'read' },
  'GET /repos/{owner}/{repo}/issues/{issue_number}/comments': { pull_requests: 'read' },
  'POST /repos/{owner}/{repo}/issues/{issue_number}/comments': { pull_requests: 'write' },
  'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}': { pull_requests: 'write' },
  'POST /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers': { pull_requests: 'write' },
  'POST /repos/{owner}/{repo}/check-runs': { checks: 'write' },
  'git fetch': { contents: 'read' },
  'graphql pullRequest': { pull_requests: 'read' },
  'graphql organization': { members: 'read' },
  'graphql object': { contents: 'read' },
};

/** Every call that the adapter makes: routes as text, methods of Octokit by their route, the rest by name. */
function calls(): readonly string[] {
  const routes = [...sources.matchAll(/'((?:GET|POST|PUT|PATCH|DELETE) \/[^']*)'/g)];
  const octokit = new Octokit().rest as unknown as Record<
    string,
    Record<string, { endpoint: { DEFAULTS: { method: string; url: string } } }>
  >;
  const methods = [...sources.matchAll(/octokit\.rest\.(\w+)\.(\w+)/g)].map(
    ([, scope = '', name = '']) => {
      const { method, url } = octokit[scope]?.[name]?.endpoint.DEFAULTS ?? { method: '', url: '' };
      return `${method} ${url}`;
    },
  );
  const others = [
    ...(/\bfetch\b.*refs\/heads/.test(sources) ? ['git fetch'] : []),
    ...['pullRequest', 'organization', 'object'].flatMap((field) =>
      new RegExp(`\\b${field}\\(`).test(sources) ? [`graphql ${field}`] : [],
    ),
  ];
  return [...new Set([...routes.map(([, route = '']) => route), ...methods, ...others])].sort();
}

test('the App asks for the permissions that its calls need, and for no others', () => {
  expect(calls()).toEqual(Object.keys(NEEDS).sort());
  const needed: Record<string, string> = {};
  for (const [name, level] of Object.values(NEEDS).flatMap((need) => Object.entries(need))) {
    if (needed[name] !== 'write') needed[name] = level;
  }
  expect(asked).toEqual(needed);
});

/**
 * The events that GitHub sends to every App, or to every one that may write checks, without being asked ("Webhook
 * events and payloads").
 */
const UNASKED = ['check_suite', 'installation', 'installation_repositories'];

test('the App receives the events that wake somebody, and no others', () => {
  const known = readFileSync(join(root, 'src/core/work/topics-of-delivery.ts'), 'utf8');
  const named = [...known.matchAll(/case '(\w+)':/g)].map(([, event = '']) => event);
  expect(named.sort()).toEqual([...events, ...UNASKED].sort());
  const nothing = { default_branch: null, listed: new Set<number>() };
  const wakes = (event: string) =>
    ['opened', 'rerequested', 'submitted', null].some(
      (action) => topicsOf({ event, action, pull_request: 7, ref: null }, nothing).length > 0,
    );
  expect(named.filter((event) => !wakes(event))).toEqual([]);
});
