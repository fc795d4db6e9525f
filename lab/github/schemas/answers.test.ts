import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { CallRecord } from '../calls.js';
import type { Delivery } from '../deliveries.js';
import { byId } from '../lookup.js';
import type { Person } from '../people.js';
import { person } from '../people.js';
import type { RunningGitHub } from '../start.js';
import { startGitHub } from '../start.js';
import { APP_KEY, seed, signJwt } from '../testing.js';
import { ROUTES } from './routes.js';

const REPO = 'acme/access';
const AT = `/repos/${REPO}`;
const base = seed();

let github: RunningGitHub;
let root: Person;
beforeAll(async () => {
  const permissions = { ...base.apps?.[0]?.permissions, administration: 'read' as const };
  const events = [...(base.apps?.[0]?.events ?? []), 'issue_comment', 'organization'];
  github = await startGitHub(
    {
      ...base,
      orgs: [...(base.orgs ?? []), { login: 'other', members: [{ login: 'root', role: 'admin' }] }],
      teams: base.teams?.map((team) => ({ ...team, repos: { access: 'write' as const } })) ?? [],
      repos: base.repos?.map((repo) => ({ ...repo, confined: { to: 'daypass/' } })) ?? [],
      apps: base.apps?.slice(0, 1).map((app) => ({ ...app, permissions, events })) ?? [],
    },
    { forgiving: true },
  );
  root = person(github.url, 'tok_root');
});
afterAll(async () => {
  await root.close();
  await github.close();
});

type Step = readonly [who: Person, call: string, body?: unknown];

/** The newest item of a kind in the stand-in. */
const newest = (all: ReadonlyMap<number, { readonly id: number }>): number =>
  [...all.keys()].at(-1) ?? 0;

async function run(...steps: readonly Step[]): Promise<void> {
  for (const [who, call, body] of steps) {
    const [method = '', path = ''] = call.split(' ');
    const answer = await who.call(method, path, body);
    expect([call, answer.status, answer.status < 400 || answer.body]).toEqual([
      call,
      expect.any(Number),
      true,
    ]);
  }
}

const text = (content: string) => Buffer.from(content).toString('base64');

/** Calls every route so that it succeeds, in an order that GitHub allows. */
async function everything(): Promise<void> {
  const { state } = github;
  const app = person(github.url, signJwt(APP_KEY));
  const bob = person(github.url, 'tok_bob');
  await run(
    [app, 'GET /app'],
    [app, 'GET /app/installations'],
    [app, 'GET /app/installations/77'],
    [app, 'POST /app/installations/77/access_tokens'],
    [app, `GET ${AT}/installation`],
    [app, 'GET /orgs/acme/installation'],
  );
  const [token = ''] = [...state.tokens.keys()].slice(-1);
  const daypass = person(github.url, token);
  await run(
    [daypass, 'GET /rate_limit'],
    [daypass, 'GET /installation/repositories'],
    [root, 'GET /user'],
    [root, 'GET /user/101'],
    [root, 'GET /users/alice'],
    [root, 'GET /orgs/acme/members'],
    [root, 'GET /orgs/acme/members/alice'],
    [root, 'GET /orgs/acme/memberships/alice'],
    [root, 'GET /orgs/acme/teams'],
    [root, 'GET /orgs/acme/teams/payments'],
    [root, 'GET /orgs/acme/teams/payments/members'],
    [root, 'GET /orgs/acme/teams/payments/teams'],
    [root, 'GET /orgs/acme/teams/payments/memberships/bob'],
    [root, 'PUT /orgs/acme/teams/payments/memberships/carol', { role: 'member' }],
    [root, 'DELETE /orgs/acme/teams/payments/memberships/carol'],
    [root, `GET ${AT}`],
    [root, 'GET /repositories/7000'],
    [root, `GET ${AT}/teams`],
    [root, `GET ${AT}/branches/main/protection`],
    [root, `GET ${AT}/branches/main`],
    [root, `GET ${AT}/rules/branches/main`],
    [root, `GET ${AT}/collaborators/alice/permission`],
    [root, 'GET /organizations/5000/team/6000'],
    [root, 'GET /orgs/acme/teams/payments/repos/acme/access'],
    [root, `PUT ${AT}/collaborators/alice`, { permission: 'maintain' }],
    [root, `PUT ${AT}/collaborators/zed`, { permission: 'pull' }],
    [root, `GET ${AT}/invitations`],
  );
  const invited = () => [...(state.repos.get(7000)?.invitations.keys() ?? [])].at(-1) ?? 0;
  const zed = person(github.url, 'tok_zed');
  await run(
    [root, `PATCH ${AT}/invitations/${invited()}`, { permissions: 'triage' }],
    [zed, `PATCH /user/repository_invitations/${invited()}`],
    [root, `DELETE ${AT}/collaborators/zed`],
    [root, `PUT ${AT}/collaborators/zed`, { permission: 'pull' }],
  );
  await run([root, `DELETE ${AT}/invitations/${invited()}`]);
  const payments = '/orgs/acme/teams/payments';
  await run(
    [root, `PUT ${payments}/memberships/zed`, { role: 'maintainer' }],
    [root, `GET ${payments}/memberships/zed`],
    [root, 'GET /orgs/acme/invitations'],
    [root, `GET ${payments}/invitations`],
  );
  const asked = () => [...(state.orgs.get(5000)?.invitations.keys() ?? [])].at(-1) ?? 0;
  await run(
    [root, `DELETE /orgs/acme/invitations/${asked()}`],
    [root, `PUT ${payments}/memberships/zed`],
    [zed, 'PATCH /user/memberships/orgs/acme', { state: 'active' }],
    [root, 'DELETE /orgs/acme/members/zed'],
  );
  const first = await root.push(REPO, { branch: 'topic', files: { 'a.txt': 'a\n' } });
  await run(
    [root, `PUT ${AT}/contents/b.txt`, { message: 'b', content: text('b\n'), branch: 'topic' }],
    [root, `PUT ${AT}/contents/main.txt`, { message: 'm', content: text('m\n'), branch: 'main' }],
    [root, `GET ${AT}/contents`],
    [root, `GET ${AT}/contents/b.txt?ref=topic`],
    [root, `GET ${AT}/activity`],
    [root, `GET ${AT}/commits`],
    [root, `GET ${AT}/commits/topic`],
    [root, `GET ${AT}/compare/main...topic`],
    [root, `GET ${AT}/git/ref/heads/main`],
    [root, `GET ${AT}/git/matching-refs/heads/`],
    [root, `GET ${AT}/git/commits/${first}`],
    [root, `GET ${AT}/git/trees/topic?recursive=1`],
    [root, `GET ${AT}/git/blobs/78981922613b2afb6025042ff6bd878ac1994e85`],
    [root, `POST ${AT}/git/refs`, { ref: 'refs/heads/more', sha: first }],
    [root, `PATCH ${AT}/git/refs/heads/more`, { sha: first, force: true }],
    [root, `DELETE ${AT}/git/refs/heads/more`],
    [root, `POST ${AT}/pulls`, { title: 'Add', head: 'topic', base: 'main', body: 'Why' }],
    [root, `PATCH ${AT}/pulls/1`, { title: 'Add more' }],
    [root, `PATCH ${AT}/pulls/1`, { state: 'closed' }],
    [root, `PATCH ${AT}/pulls/1`, { state: 'open' }],
    [root, `GET ${AT}/pulls`],
    [root, `GET ${AT}/pulls/1`],
    [root, `GET ${AT}/pulls/1/commits`],
    [root, `GET ${AT}/pulls/1/files`],
    [root, `GET ${AT}/commits/${first}/pulls`],
    [root, `PUT ${AT}/pulls/1/update-branch`, {}],
  );
  const file = { path: 'c.txt', mode: '100644', type: 'blob', content: 'c\n' };
  const { tree } = await root.must<{ tree: { sha: string } }>('GET', `${AT}/git/commits/${first}`);
  const rules = await root.must<{ ruleset_id: number }[]>('GET', `${AT}/rules/branches/topic`);
  await run(
    [root, `POST ${AT}/git/trees`, { base_tree: tree.sha, tree: [file] }],
    [root, `POST ${AT}/git/commits`, { message: 'c', tree: tree.sha, parents: [first] }],
    [root, `GET ${AT}/rulesets/${rules[0]?.ruleset_id}`],
  );
  const reviewers = { reviewers: ['alice'], team_reviewers: ['payments'] };
  await run(
    [daypass, `POST ${AT}/pulls/1/requested_reviewers`, reviewers],
    [root, `GET ${AT}/pulls/1/requested_reviewers`],
    [root, `DELETE ${AT}/pulls/1/requested_reviewers`, { reviewers: ['alice'] }],
    [bob, `POST ${AT}/pulls/1/reviews`, { event: 'APPROVE' }],
    [root, `GET ${AT}/pulls/1/reviews`],
  );
  const review = `${AT}/pulls/1/reviews/${newest(state.reviews)}`;
  await run(
    [root, `GET ${review}`],
    [root, `PUT ${review}/dismissals`, { message: 'No' }],
    [daypass, `POST ${AT}/issues/1/comments`, { body: 'Hello' }],
    [root, `GET ${AT}/issues/1/comments`],
  );
  const comment = `${AT}/issues/comments/${newest(state.comments)}`;
  await run(
    [root, `GET ${comment}`],
    [daypass, `PATCH ${comment}`, { body: 'Hello again' }],
    [daypass, `DELETE ${comment}`],
  );
  const head_sha = state.pulls.get(newest(state.pulls))?.head.sha ?? '';
  const [path, annotation_level, message] = ['a.txt', 'notice', 'm'];
  const annotations = [{ path, start_line: 1, end_line: 1, annotation_level, message }];
  const output = { title: 'T', summary: 'S', annotations };
  await run([daypass, `POST ${AT}/check-runs`, { name: 'daypass', head_sha, output }]);
  const check = `${AT}/check-runs/${newest(state.check_runs)}`;
  await run(
    [daypass, `PATCH ${check}`, { conclusion: 'success' }],
    [daypass, `GET ${check}`],
    [daypass, `GET ${check}/annotations`],
    [daypass, `POST ${check}/rerequest`],
    [daypass, `GET ${AT}/commits/${head_sha}/check-runs`],
    [root, `PUT ${AT}/pulls/1/merge`, { merge_method: 'squash' }],
    [root, `GET ${AT}/pulls/1/merge`],
    [root, 'DELETE /orgs/acme/members/carol'],
  );
  const { sha } = await root.must<{ sha: string }>('GET', `${AT}/contents/b.txt`);
  await run(
    [root, `DELETE ${AT}/contents/b.txt`, { message: 'd', sha, branch: 'main' }],
    [root, `POST ${AT}/forks`, {}],
    [root, 'DELETE /repos/root/access'],
    [root, `PATCH ${AT}`, { name: 'renamed' }],
    [root, 'POST /repos/acme/renamed/transfer', { new_owner: 'other', new_name: 'access' }],
    [root, 'POST /repos/other/access/transfer', { new_owner: 'acme' }],
  );
}

test("every route's answer and every webhook matches GitHub's description", async () => {
  await everything();
  const asked = async (path: string): Promise<unknown> =>
    (await fetch(`${github.url}/_stand-in/${path}`)).json();
  expect(await asked('violations')).toEqual([]);
  const calls = (await asked('calls')) as CallRecord[];
  const answered = new Set(calls.map(({ method, route }) => `${method} ${route}`));
  expect(ROUTES.filter((route) => !answered.has(route))).toEqual([]);
  const deliveries = (await asked('deliveries')) as Delivery[];
  const sent = new Set(
    deliveries.map(({ event, action }) => (action ? `${event}.${action}` : event)),
  );
  expect([...sent].sort()).toEqual([
    ...['check_run.completed', 'check_run.created', 'check_run.rerequested'],
    ...['issue_comment.created', 'issue_comment.edited', 'membership.added', 'membership.removed'],
    ...['organization.member_added', 'organization.member_removed'],
    ...['pull_request.closed', 'pull_request.edited', 'pull_request.opened'],
    ...['pull_request.reopened', 'pull_request.review_request_removed'],
    ...['pull_request.review_requested', 'pull_request.synchronize'],
    ...['pull_request_review.dismissed', 'pull_request_review.submitted', 'push'],
  ]);
}, 120_000);

test('an answer that GitHub would not give is a 500, and is remembered', async () => {
  const repo = byId(github.state.repos, 7000);
  Object.assign(repo, { private: 'perhaps' });
  const answer = await root.call<{ problems: string[] }>('GET', AT);
  Object.assign(repo, { private: true });
  expect(answer.status).toBe(500);
  expect(answer.body.problems[0]).toMatch(/\/private must be boolean/);
  const violations = await (await fetch(`${github.url}/_stand-in/violations`)).json();
  expect(violations).toMatchObject([{ what: 'GET /repos/{owner}/{repo} 200' }]);
});
