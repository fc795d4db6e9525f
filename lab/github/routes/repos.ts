import type { Need } from '../access.js';
import { canSee } from '../access.js';
import { timestamp } from '../clock.js';
import { readCommit, resolveCommit } from '../git/read.js';
import type { Call, Reply, RepoCall, Route } from '../http.js';
import { ok, onRepo, paged, route } from '../http.js';
import { fullName, roleOn, userByLogin } from '../lookup.js';
import { nodeId } from '../node-id.js';
import { notFound } from '../refusal.js';
import type { Activity, Repo } from '../state.js';
import { simpleUser } from '../views/account.js';
import { commitView } from '../views/commit.js';
import { fullRepository, roleFlags } from '../views/repository.js';
import { teamView } from '../views/team.js';
import type { Answer } from '../views/types.js';

const METADATA: Need = { app: [['metadata', 'read']], person: 'read' };
const CONTENTS: Need = { app: [['contents', 'read']], person: 'read' };

const roleOf = ({ identity, github }: Call, repo: Repo) =>
  identity.actor && !identity.installation
    ? roleOn(github.state, repo, identity.actor.id)
    : identity.installation
      ? 'read'
      : null;

const cursor = (id: number) => Buffer.from(`activity:${id}`).toString('base64url');
const uncursor = (text: string | null) =>
  text === null
    ? null
    : Number(Buffer.from(text, 'base64url').toString().slice('activity:'.length));

/**
 * `GET /repos/{owner}/{repo}/activity`: newest first, pages by the cursors `after` and `before` of the Link header. `ref` may
 * be a branch or `refs/heads/…`.
 */
function listActivity(call: RepoCall): Reply {
  const { repo, query, github } = call;
  const ref = query.get('ref');
  const actor = query.get('actor');
  const type = query.get('activity_type');
  const full = ref === null || ref.startsWith('refs/') ? ref : `refs/heads/${ref}`;
  const actor_id = actor === null ? null : userByLogin(github.state, actor)?.id;
  const all = repo.activity.filter(
    (one) =>
      (full === null || one.ref === full) &&
      (actor_id === null || one.actor_id === actor_id) &&
      (type === null || one.activity_type === type),
  );
  if (query.get('direction') !== 'asc') all.reverse();
  const size = Math.min(Math.max(Number(query.get('per_page') ?? 30) || 30, 1), 100);
  const at = (id: number | null) => all.findIndex((one) => one.id === id);
  const after = uncursor(query.get('after'));
  const before = uncursor(query.get('before'));
  const end = before === null ? all.length : at(before);
  const start = after === null ? (before === null ? 0 : Math.max(end - size, 0)) : at(after) + 1;
  const items = all.slice(start, Math.min(start + size, end));
  const link = (name: 'after' | 'before', id: number, rel: string) => {
    const url = new URL(call.url);
    url.searchParams.delete('after');
    url.searchParams.delete('before');
    url.searchParams.set(name, cursor(id));
    return `<${url.href}>; rel="${rel}"`;
  };
  const [first, last] = [items[0], items.at(-1)];
  const links = [
    ...(last && start + items.length < all.length ? [link('after', last.id, 'next')] : []),
    ...(first && start > 0 ? [link('before', first.id, 'prev')] : []),
  ];
  const view = (one: Activity): Answer<'repos', 'listActivities'>[number] => {
    const user = github.state.users.get(one.actor_id);
    return {
      id: one.id,
      node_id: nodeId('Ref', one.id),
      before: one.before,
      after: one.after,
      ref: one.ref,
      timestamp: timestamp(one.at),
      activity_type: one.activity_type,
      actor: user ? simpleUser(github.state, user) : null,
    };
  };
  const headers: Record<string, string> = links.length > 0 ? { link: links.join(', ') } : {};
  return { status: 200, body: items.map(view), headers };
}

/** `GET /repos/{owner}/{repo}/branches/{branch}`. */
async function getBranch({ repo, github, params }: RepoCall): Promise<Reply> {
  const name = params['branch'] ?? '';
  const sha = await resolveCommit(repo.dir, `refs/heads/${name}`);
  if (sha === null) throw notFound();
  const known = repo.protection.get(name);
  const rule = known?.ruleset ? undefined : known;
  const url = `${github.state.url}/repos/${fullName(github.state, repo)}/branches/${name}`;
  const contexts = rule?.required_checks.map(({ context }) => context) ?? [];
  return ok({
    name,
    commit: commitView(github.state, repo, await readCommit(repo.dir, sha)),
    _links: { self: url, html: `${github.state.url}/${fullName(github.state, repo)}/tree/${name}` },
    protected: known !== undefined,
    protection: {
      enabled: rule !== undefined,
      required_status_checks: {
        enforcement_level: rule ? (rule.enforce_admins ? 'everyone' : 'non_admins') : 'off',
        contexts,
        checks: rule?.required_checks ?? [],
      },
    },
    protection_url: `${url}/protection`,
  });
}

/** `GET /repos/{owner}/{repo}/branches/{branch}/protection`: for admins, and apps that may read administration. */
function getProtection({ repo, github, params }: RepoCall): Reply {
  const name = params['branch'] ?? '';
  const rule = repo.protection.get(name);
  if (!rule) throw notFound();
  const url = `${github.state.url}/repos/${fullName(github.state, repo)}/branches/${name}/protection`;
  const view: Answer<'repos', 'getBranchProtection'> = {
    url,
    required_status_checks: {
      url: `${url}/required_status_checks`,
      strict: rule.strict,
      contexts: rule.required_checks.map(({ context }) => context),
      contexts_url: `${url}/required_status_checks/contexts`,
      checks: rule.required_checks.map(({ context, app_id }) => ({ context, app_id })),
    },
    enforce_admins: { url: `${url}/enforce_admins`, enabled: rule.enforce_admins },
    required_linear_history: { enabled: false },
    allow_force_pushes: { enabled: false },
    allow_deletions: { enabled: false },
    block_creations: { enabled: false },
    required_conversation_resolution: { enabled: false },
    lock_branch: { enabled: false },
    allow_fork_syncing: { enabled: false },
    required_signatures: { url: `${url}/required_signatures`, enabled: false },
  };
  return ok(view);
}

/** `GET /repos/{owner}/{repo}/collaborators/{username}/permission`. */
function getPermission({ repo, github, params }: RepoCall): Reply {
  const user = userByLogin(github.state, params['username'] ?? '');
  if (!user) throw notFound();
  const role = roleOn(github.state, repo, user.id) ?? (repo.private ? null : 'read');
  // The older field has only three roles.
  const permission = role === 'maintain' ? 'write' : role === 'triage' ? 'read' : (role ?? 'none');
  return ok({
    permission,
    role_name: role ?? 'none',
    user: {
      ...simpleUser(github.state, user),
      permissions: roleFlags(role),
      role_name: role ?? '',
    },
  });
}

/** `GET /repos/{owner}/{repo}/teams`. */
function listTeams(call: RepoCall): Promise<Reply> {
  const { github, repo } = call;
  const teams = [...github.state.teams.values()].filter((team) => team.repos.has(repo.id));
  return paged(call, teams, (team) => {
    const role = team.repos.get(repo.id) ?? 'read';
    const permission = { read: 'pull', write: 'push' }[role as string] ?? role;
    return { ...teamView(github.state, team), permission, permissions: roleFlags(role) };
  });
}

export const repoRoutes: readonly Route[] = [
  onRepo('GET', '/repos/{owner}/{repo}', METADATA, (call) =>
    ok(fullRepository(call.github.state, call.repo, roleOf(call, call.repo))),
  ),
  route('GET', '/repositories/{repository_id}', 'anyone', (call) => {
    const repo = call.github.state.repos.get(Number(call.params['repository_id']));
    if (!repo || !canSee(call.github.state, call.identity, repo)) throw notFound();
    return ok(fullRepository(call.github.state, repo, roleOf(call, repo)));
  }),
  onRepo('GET', '/repos/{owner}/{repo}/activity', CONTENTS, listActivity),
  onRepo(
    'GET',
    '/repos/{owner}/{repo}/teams',
    { app: [['administration', 'read']], person: 'read' },
    listTeams,
  ),
  onRepo(
    'GET',
    '/repos/{owner}/{repo}/branches/{branch}/protection',
    { app: [['administration', 'read']], person: 'admin' },
    getProtection,
  ),
  onRepo('GET', '/repos/{owner}/{repo}/branches/{branch}', CONTENTS, getBranch),
  onRepo(
    'GET',
    '/repos/{owner}/{repo}/collaborators/{username}/permission',
    METADATA,
    getPermission,
  ),
];
