import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { timestamp } from '../clock.js';
import type { Call, Route } from '../http.js';
import { created, ok, paged, readBody, route } from '../http.js';
import { orgByLogin, repoByName } from '../lookup.js';
import { invalid, notFound, Refusal } from '../refusal.js';
import type { App, Installation, Level, Repo } from '../state.js';
import { appView, installationView } from '../views/app.js';
import { fullRepository } from '../views/repository.js';

const HOUR_MS = 3_600_000;

/** Routes `who: 'app'` have an app. */
function appOf({ identity }: Call): App {
  if (!identity.app) throw new Refusal(401, 'A JSON web token could not be decoded');
  return identity.app;
}

const installationsOf = ({ github }: Call, app: App): Installation[] =>
  [...github.state.installations.values()].filter((one) => one.app_id === app.app_id);

function installationById(call: Call): Installation {
  const id = Number(call.params['installation_id']);
  const found = installationsOf(call, appOf(call)).find((one) => one.id === id);
  if (!found) throw notFound();
  return found;
}

const onAccount = (call: Call, account_id: number | undefined, repo?: Repo): Installation => {
  const found = installationsOf(call, appOf(call)).find(
    (one) =>
      one.account_id === account_id && (repo === undefined || (one.repo_ids?.has(repo.id) ?? true)),
  );
  if (!found) throw notFound();
  return found;
};

const narrowing = z.object({
  repositories: z.array(z.string()).optional(),
  repository_ids: z.array(z.number()).optional(),
  permissions: z.record(z.string(), z.enum(['read', 'write', 'admin'])).optional(),
});

const LEVELS: readonly Level[] = ['read', 'write', 'admin'];

/** `POST /app/installations/{installation_id}/access_tokens`: a token for an hour, narrowed on request. */
function createToken(call: Call) {
  const { state } = call.github;
  const installation = installationById(call);
  const wish = readBody(call, narrowing);
  const reach = [...state.repos.values()].filter(
    (repo) =>
      repo.owner_id === installation.account_id && (installation.repo_ids?.has(repo.id) ?? true),
  );
  const narrow = wish.repositories !== undefined || wish.repository_ids !== undefined;
  const chosen = reach.filter(
    (repo) => wish.repositories?.includes(repo.name) || wish.repository_ids?.includes(repo.id),
  );
  if (narrow && chosen.length < (wish.repositories ?? wish.repository_ids ?? []).length)
    throw invalid(
      'There is at least one repository that does not exist or is not accessible to the parent installation.',
    );
  for (const [name, level] of Object.entries(wish.permissions ?? {})) {
    const had = installation.permissions[name];
    if (had === undefined || LEVELS.indexOf(had) < LEVELS.indexOf(level))
      throw invalid('The permissions requested are not granted to this installation.');
  }
  const permissions = wish.permissions
    ? { metadata: 'read' as const, ...wish.permissions }
    : installation.permissions;
  const token = `ghs_${randomBytes(27).toString('base64url').replace(/[-_]/g, 'x')}`;
  const expires_at = new Date(state.clock.now().getTime() + HOUR_MS);
  const repo_ids = narrow ? new Set(chosen.map(({ id }) => id)) : installation.repo_ids;
  const installation_id = installation.id;
  state.tokens.set(token, {
    kind: 'installation',
    installation_id,
    permissions,
    repo_ids,
    expires_at,
  });
  return created({
    token,
    expires_at: timestamp(expires_at),
    permissions,
    repository_selection: repo_ids === null ? 'all' : 'selected',
    ...(narrow ? { repositories: chosen.map((repo) => fullRepository(state, repo, 'read')) } : {}),
  });
}

function installationRepositories(call: Call) {
  const { identity, github } = call;
  const { installation, repo_ids } = identity;
  if (!installation) throw new Refusal(403, 'Resource not accessible by personal access token');
  const repos = [...github.state.repos.values()].filter(
    (repo) => repo.owner_id === installation.account_id && (repo_ids?.has(repo.id) ?? true),
  );
  const view = (repo: Repo) => fullRepository(github.state, repo, null);
  return paged(call, repos, view, (repositories) => ({
    total_count: repos.length,
    repository_selection: repo_ids === null ? 'all' : 'selected',
    repositories,
  }));
}

export const appRoutes: readonly Route[] = [
  route('GET', '/app', 'app', (call) => ok(appView(call.github.state, appOf(call)))),
  route('GET', '/app/installations', 'app', (call) =>
    paged(call, installationsOf(call, appOf(call)), (one) =>
      installationView(call.github.state, one),
    ),
  ),
  route('GET', '/app/installations/{installation_id}', 'app', (call) =>
    ok(installationView(call.github.state, installationById(call))),
  ),
  route('POST', '/app/installations/{installation_id}/access_tokens', 'app', createToken),
  route('GET', '/repos/{owner}/{repo}/installation', 'app', (call) => {
    const { owner = '', repo: name = '' } = call.params;
    const repo = repoByName(call.github.state, owner, name);
    return ok(installationView(call.github.state, onAccount(call, repo?.owner_id, repo)));
  }),
  route('GET', '/orgs/{org}/installation', 'app', (call) => {
    const org = orgByLogin(call.github.state, call.params['org'] ?? '');
    return ok(installationView(call.github.state, onAccount(call, org?.id)));
  }),
  route('GET', '/installation/repositories', 'person', installationRepositories),
];
