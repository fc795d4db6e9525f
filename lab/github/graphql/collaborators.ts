import { demand, hasPermission } from '../access.js';
import type { Need } from '../access.js';
import { byId, roleOn, roleSources } from '../lookup.js';
import type { Repo, RepoRole } from '../state.js';
import type { Page } from './connection.js';
import { connection } from './connection.js';
import { Failure } from './failure.js';
import type { Field, Graph } from './graph.js';

const COLLABORATORS: Need = { app: [['metadata', 'read']], person: 'write' };

/** `DefaultRepositoryPermissionField` has only three roles; `roleName` says which it really is. */
const BASE: Readonly<Record<RepoRole, string>> = {
  read: 'READ',
  triage: 'READ',
  write: 'WRITE',
  maintain: 'WRITE',
  admin: 'ADMIN',
};

/**
 * The collaborators of a repository: everybody who has a role there in any way, each with the ways. The schema lets the
 * ways be null; here they are for callers who do not administer the repository.
 */
export function collaborators(graph: Graph, repo: Repo): Field<Page & { affiliation?: string }> {
  const { github, identity } = graph;
  const { state } = github;
  return ({ affiliation = 'ALL', ...page }, info) => {
    demand(state, identity, repo, COLLABORATORS);
    if (affiliation === 'OUTSIDE')
      throw new Failure('UNPROCESSABLE', 'The stand-in does not list outside collaborators');
    const org = state.orgs.get(repo.owner_id);
    const people = [...state.users.keys()].filter((id) =>
      affiliation === 'DIRECT'
        ? repo.collaborators.has(id)
        : roleSources(state, repo, id).length > 0,
    );
    const administers = identity.installation
      ? hasPermission(identity, 'administration', 'read')
      : identity.actor !== null && roleOn(state, repo, identity.actor.id) === 'admin';
    const sources = (id: number) =>
      roleSources(state, repo, id).map(({ role, team, way }) => ({
        permission: BASE[role],
        roleName: role,
        organization: () => (org ? graph.organization(org) : null),
        source: () =>
          team
            ? graph.team(team)
            : way === 'organisation' && org
              ? graph.organization(org)
              : graph.repository(repo),
      }));
    return connection(page, info, {
      all: people.sort((a, b) => a - b),
      key: (id) => id,
      node: (id) => graph.user(byId(state.users, id)),
      edge: (id) => ({
        permission: roleOn(state, repo, id)?.toUpperCase() ?? 'READ',
        permissionSources: () => (administers ? sources(id) : null),
      }),
    });
  };
}
