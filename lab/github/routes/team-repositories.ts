import { canSee, demandOrg, demandTeam } from '../access.js';
import type { Call, Reply, Route } from '../http.js';
import { noContent, ok, route } from '../http.js';
import { repoByName, teamRoleOn } from '../lookup.js';
import { notFound } from '../refusal.js';
import { repositoryView, roleFlags } from '../views/repository.js';

/**
 * `GET /orgs/{org}/teams/{team_slug}/repos/{owner}/{repo}`: 404 if the team has nothing there or the caller cannot see
 * the repository; otherwise 204, or with GitHub's media type for it what the team may do.
 */
function checkRepository({ github: { state }, identity, params, headers }: Call): Reply {
  const org = demandOrg(state, identity, params['org'] ?? '', 'read');
  const team = demandTeam(state, identity, org, params['team_slug'] ?? '');
  const repo = repoByName(state, params['owner'] ?? '', params['repo'] ?? '');
  if (!repo || !canSee(state, identity, repo)) throw notFound();
  const role = teamRoleOn(state, team, repo);
  if (role === null) throw notFound();
  if (!headers.accept?.includes('application/vnd.github.v3.repository+json')) return noContent;
  return ok({ ...repositoryView(state, repo), permissions: roleFlags(role), role_name: role });
}

export const teamRepositoryRoutes: readonly Route[] = [
  route('GET', '/orgs/{org}/teams/{team_slug}/repos/{owner}/{repo}', 'person', checkRepository),
];
