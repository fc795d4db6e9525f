import {
  accountById,
  orgByLogin,
  repoByName,
  roleAtLeast,
  roleOn,
  teamBySlug,
  teamVisible,
} from './lookup.js';
import { notAccessible, notFound, Refusal } from './refusal.js';
import type { Identity, Level, Org, Repo, RepoRole, State, Team } from './state.js';

const LEVELS: readonly Level[] = ['read', 'write', 'admin'];

/** What a call needs: the permission of an installation, and the role of a person. */
export interface Need {
  /** `['contents', 'read']`; any of several is enough. */
  readonly app: readonly (readonly [permission: string, level: Level])[];
  readonly person: RepoRole;
}

export const hasPermission = (identity: Identity, permission: string, level: Level): boolean => {
  // Every installation may read metadata.
  const had = permission === 'metadata' ? 'read' : identity.permissions?.[permission];
  return had !== undefined && LEVELS.indexOf(had) >= LEVELS.indexOf(level);
};

const installedOn = (identity: Identity, repo: Repo): boolean =>
  identity.installation !== null &&
  identity.installation.account_id === repo.owner_id &&
  (identity.installation.repo_ids?.has(repo.id) ?? true) &&
  (identity.repo_ids?.has(repo.id) ?? true);

/** Whether the caller may know that a repository exists. */
export function canSee(state: State, identity: Identity, repo: Repo): boolean {
  if (!repo.private) return true;
  if (identity.installation) return installedOn(identity, repo);
  return identity.actor !== null && roleOn(state, repo, identity.actor.id) !== null;
}

/** Throws unless the caller may do what `need` says: 404 for what it cannot see, 403 for what it may not. */
export function demand(state: State, identity: Identity, repo: Repo, need: Need): void {
  if (!canSee(state, identity, repo)) throw notFound();
  const publicly = !repo.private && need.app.some(([, level]) => level === 'read');
  if (identity.installation) {
    if (need.app.some(([name, level]) => hasPermission(identity, name, level))) {
      if (installedOn(identity, repo) || publicly) return;
    } else if (publicly && !need.app.some(([name]) => name === 'administration')) return;
    throw notAccessible();
  }
  if (identity.actor === null) {
    if (publicly && need.person === 'read') return;
    throw new Refusal(401, 'Requires authentication');
  }
  if (roleAtLeast(roleOn(state, repo, identity.actor.id), need.person)) return;
  if (need.person === 'read' && !repo.private) return;
  throw need.person === 'admin'
    ? new Refusal(403, 'Must have admin rights to Repository.')
    : new Refusal(403, 'Must have write access to repository.');
}

/** The repository by name, if the caller can see it; else 404. */
export function seenRepo(state: State, identity: Identity, owner: string, name: string): Repo {
  const repo = repoByName(state, owner, name);
  if (!repo || !canSee(state, identity, repo)) throw notFound();
  return repo;
}

/**
 * The organisation, if the caller is a member, or an app installed there with `members` at that level. For `write`,
 * people have to be owners.
 */
export function demandOrg(state: State, identity: Identity, login: string, level: Level): Org {
  const org = orgByLogin(state, login);
  if (!org) throw notFound();
  if (identity.installation) {
    if (identity.installation.account_id !== org.id) throw notFound();
    if (!hasPermission(identity, 'members', level)) throw notAccessible();
    return org;
  }
  const role = identity.actor && org.members.get(identity.actor.id);
  if (!role) throw notFound();
  if (level !== 'read' && role !== 'admin')
    throw new Refusal(403, 'You must be an admin to add a team membership.');
  return org;
}

/** The team, if the caller can see it; else 404, the same as for a team that does not exist. */
export function demandTeam(state: State, identity: Identity, org: Org, slug: string): Team {
  const team = teamBySlug(state, org.id, slug);
  if (!team || !teamVisible(state, team, identity)) throw notFound();
  return team;
}

/** The login of the owner of a repository. */
export const ownerLogin = (state: State, repo: Repo): string =>
  accountById(state, repo.owner_id).login;
