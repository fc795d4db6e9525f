import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from './clock.js';
import type { FileWrite } from './git/write.js';
import { commitTree, initBare, updateRef, writeTree } from './git/write.js';
import { orgByLogin, teamBySlug, userByLogin } from './lookup.js';
import { signature, webCommitter } from './merge.js';
import type { Seed } from './seed.js';
import type { Org, Repo, State, User } from './state.js';

/** An empty GitHub. Ids handed out begin at a million, far from those that a seed names. */
function emptyState(clock: Clock, dir: string): State {
  let id = 1_000_000;
  return {
    url: '',
    ties_late: false,
    clock,
    dir,
    users: new Map(),
    orgs: new Map(),
    teams: new Map(),
    repos: new Map(),
    former_names: new Map(),
    pulls: new Map(),
    reviews: new Map(),
    check_runs: new Map(),
    comments: new Map(),
    apps: new Map(),
    installations: new Map(),
    tokens: new Map(),
    next_id: () => ++id,
  };
}

const need = <T>(found: T | undefined, what: string): T => {
  if (found === undefined) throw new Error(`The seed names ${what}, which it does not have`);
  return found;
};

const account = (state: State, login: string): Org | User =>
  need(orgByLogin(state, login) ?? userByLogin(state, login), `the account ${login}`);

const person = (state: State, login: string): User =>
  need(userByLogin(state, login), `the user ${login}`);

function plantPeople(state: State, seed: Seed): void {
  const created_at = state.clock.now();
  for (const user of seed.users) state.users.set(user.id, { ...user, created_at });
  for (const { login, id = state.next_id(), default_permission, members } of seed.orgs) {
    const roles = members.map((member) => [person(state, member.login).id, member.role] as const);
    state.orgs.set(id, {
      id,
      login,
      default_permission: default_permission === 'none' ? null : default_permission,
      members: new Map(roles),
      invitations: new Map(),
      created_at,
    });
  }
  for (const [secret, { login }] of Object.entries(seed.tokens))
    state.tokens.set(secret, { kind: 'user', user_id: person(state, login).id });
}

function plantTeams(state: State, seed: Seed): void {
  for (const team of seed.teams) {
    const org = need(orgByLogin(state, team.org), `the organisation ${team.org}`);
    const members = team.members.map(({ login, role }) => [person(state, login).id, role] as const);
    // A member of a team is a member of its organisation, whether the seed says so or not.
    for (const [id] of members) if (!org.members.has(id)) org.members.set(id, 'member');
    const id = team.id ?? state.next_id();
    state.teams.set(id, {
      id,
      org_id: org.id,
      slug: team.slug,
      name: team.name ?? team.slug,
      parent_id: null,
      privacy: team.privacy,
      synchronised: team.synchronised,
      members: new Map(members),
      repos: new Map(),
      created_at: state.clock.now(),
    });
  }
  for (const { org, slug, parent } of seed.teams) {
    if (parent === undefined) continue;
    const org_id = need(orgByLogin(state, org), `the organisation ${org}`).id;
    const team = need(teamBySlug(state, org_id, slug), `the team ${slug}`);
    team.parent_id = need(teamBySlug(state, org_id, parent), `the team ${parent}`).id;
  }
}

async function folderFiles(folder: string): Promise<FileWrite[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  return Promise.all(
    files.map(async (entry) => {
      const full = join(entry.parentPath, entry.name);
      const path = full.slice(folder.length).replace(/^\/+/, '');
      return entry.isSymbolicLink()
        ? { path, content: await readlink(full), mode: '120000' }
        : { path, content: await readFile(full) };
    }),
  );
}

async function plantRepo(state: State, spec: Seed['repos'][number]): Promise<void> {
  const owner = account(state, spec.owner);
  const id = spec.id ?? state.next_id();
  const dir = join(state.dir, `${id}.git`);
  const now = state.clock.now();
  await initBare(dir, spec.default_branch);
  const {
    required_checks = [],
    strict = false,
    enforce_admins = false,
    ruleset = false,
  } = spec.protection ?? {};
  const rule = {
    required_checks: required_checks.map(({ name, app_id }) => ({ context: name, app_id })),
    strict,
    enforce_admins,
    ruleset,
  };
  const roles = Object.entries(spec.collaborators);
  const repo: Repo = {
    id,
    owner_id: owner.id,
    name: spec.name,
    private: spec.private,
    default_branch: spec.default_branch,
    parent_id: null,
    dir,
    collaborators: new Map(roles.map(([login, role]) => [person(state, login).id, role] as const)),
    invitations: new Map(),
    confined: spec.confined ?? null,
    protection: new Map(spec.protection ? [[spec.default_branch, rule]] : []),
    activity: [],
    next_number: 1,
    created_at: now,
    pushed_at: now,
  };
  state.repos.set(id, repo);
  const given = Object.entries(spec.files).map(([path, content]) => ({ path, content }));
  const files = [...(spec.from === undefined ? [] : await folderFiles(spec.from)), ...given];
  const tree = await writeTree(dir, null, files);
  const founder =
    'members' in owner ? [...owner.members].find(([, r]) => r === 'admin')?.[0] : owner.id;
  const author = state.users.get(founder ?? 0);
  const sha = await commitTree(dir, {
    tree,
    parents: [],
    author: author ? signature(author, now) : webCommitter(now),
    committer: webCommitter(now),
    message: 'Initial commit',
  });
  await updateRef(dir, `refs/heads/${spec.default_branch}`, sha);
}

function plantTeamRepos(state: State, seed: Seed): void {
  for (const { org, slug, repos } of seed.teams) {
    const org_id = need(orgByLogin(state, org), `the organisation ${org}`).id;
    const team = need(teamBySlug(state, org_id, slug), `the team ${slug}`);
    // Without the list, a team may read what its organisation has; GitHub only requests reviews from teams that can read.
    if (repos === undefined)
      for (const repo of state.repos.values())
        if (repo.owner_id === org_id) team.repos.set(repo.id, 'read');
    for (const [name, role] of Object.entries(repos ?? {})) {
      const repo = [...state.repos.values()].find((r) => r.owner_id === org_id && r.name === name);
      team.repos.set(need(repo, `the repository ${org}/${name}`).id, role);
    }
  }
}

/** Ids of bot users, far from people's and from the counter's. */
const BOT_ID_OFFSET = 41_000_000;

function plantApp(state: State, spec: Seed['apps'][number]): void {
  const pem =
    spec.private_key ?? readFileSync(need(spec.private_key_path, 'no private key'), 'utf8');
  const public_key = createPublicKey(createPrivateKey(pem)).export({ type: 'spki', format: 'pem' });
  const created_at = state.clock.now();
  const [first] = spec.installations;
  const owner = spec.owner ?? first?.account;
  const bot_id = BOT_ID_OFFSET + spec.app_id;
  const bot = { name: null, email: null, created_at, type: 'Bot' as const };
  state.users.set(bot_id, { id: bot_id, login: `${spec.slug}[bot]`, ...bot });
  state.apps.set(spec.app_id, {
    app_id: spec.app_id,
    slug: spec.slug,
    client_id: spec.client_id ?? `Iv1.${spec.app_id.toString(16).padStart(16, '0')}`,
    owner_id: owner === undefined ? bot_id : account(state, owner).id,
    bot_id,
    public_key: public_key.toString(),
    permissions: { metadata: 'read', ...spec.permissions },
    events: spec.events,
    webhook_url: spec.webhook_url ?? null,
    webhook_secret: spec.webhook_secret ?? null,
    created_at,
  });
  for (const { id, account: login, repositories, permissions } of spec.installations) {
    const account_id = account(state, login).id;
    const wanted = repositories?.map((name) => {
      const all = [...state.repos.values()];
      const repo = all.find((one) => one.owner_id === account_id && one.name === name);
      return need(repo, `the repository ${login}/${name}`).id;
    });
    state.installations.set(id, {
      id,
      app_id: spec.app_id,
      account_id,
      permissions: { metadata: 'read', ...(permissions ?? spec.permissions) },
      repo_ids: wanted ? new Set(wanted) : null,
      created_at,
    });
  }
}

/** Makes the GitHub that a seed describes; bare repositories go into `dir`, which must exist and be empty. */
export async function plant(seed: Seed, clock: Clock, dir: string): Promise<State> {
  const state = emptyState(clock, dir);
  plantPeople(state, seed);
  plantTeams(state, seed);
  for (const repo of seed.repos) await plantRepo(state, repo);
  plantTeamRepos(state, seed);
  for (const app of seed.apps) plantApp(state, app);
  return state;
}
