import type {
  Identity,
  Org,
  OrgInvitation,
  PullRequest,
  Repo,
  RepoRole,
  Review,
  State,
  Team,
  TeamRole,
  User,
} from './state.js';

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
const find = <T>(all: Iterable<T>, wanted: (one: T) => boolean): T | undefined => {
  for (const one of all) if (wanted(one)) return one;
  return undefined;
};

/** Reads what a stored id names; only a fork can be missing. */
export function byId<T>(all: ReadonlyMap<number, T>, id: number): T {
  const found = all.get(id);
  if (found === undefined) throw new Error(`nothing has the id ${id}`);
  return found;
}

export const userByLogin = (state: State, login: string): User | undefined =>
  find(state.users.values(), (user) => same(user.login, login));

export const orgByLogin = (state: State, login: string): Org | undefined =>
  find(state.orgs.values(), (org) => same(org.login, login));

export const teamBySlug = (state: State, org_id: number, slug: string): Team | undefined =>
  find(state.teams.values(), (team) => team.org_id === org_id && same(team.slug, slug));

export const teamsOf = (state: State, org_id: number): Team[] =>
  [...state.teams.values()].filter((team) => team.org_id === org_id);

/** The owner of a repository or installation: an organisation or a person. */
export const accountById = (state: State, id: number): Org | User =>
  state.orgs.get(id) ?? byId(state.users, id);

export const repoByName = (state: State, owner: string, name: string): Repo | undefined =>
  find(
    state.repos.values(),
    (repo) => same(repo.name, name) && same(accountById(state, repo.owner_id).login, owner),
  );

/** The repository that had this name before it was renamed or transferred. */
export const repoByFormerName = (state: State, owner: string, name: string): Repo | undefined =>
  state.repos.get(state.former_names.get(`${owner}/${name}`.toLowerCase()) ?? 0);

export const fullName = (state: State, repo: Repo): string =>
  `${accountById(state, repo.owner_id).login}/${repo.name}`;

export const pullByNumber = (
  state: State,
  repo_id: number,
  number: number,
): PullRequest | undefined =>
  find(state.pulls.values(), (pull) => pull.repo_id === repo_id && pull.number === number);

/** The repository that a pull request's head is in; null for a fork that is gone. */
export const headRepo = (state: State, { head }: PullRequest): Repo | null =>
  state.repos.get(head.repo_id) ?? null;

/** A repository's pull requests, oldest first. */
export const pullsOf = (state: State, repo_id: number): PullRequest[] =>
  [...state.pulls.values()].filter((pull) => pull.repo_id === repo_id);

/** A pull request's reviews, oldest first. */
export const reviewsOf = (state: State, pull_id: number): Review[] =>
  [...state.reviews.values()].filter((review) => review.pull_id === pull_id);

export const childTeams = (state: State, team_id: number): Team[] =>
  [...state.teams.values()].filter((team) => team.parent_id === team_id);

/** A person's role in a team that they are in: an owner of the organisation is a maintainer of each. */
const teamRole = (state: State, team: Team, id: number, role: TeamRole): TeamRole =>
  byId(state.orgs, team.org_id).members.get(id) === 'admin' ? 'maintainer' : role;

/** The direct members of a team: id to role. */
export const directMembers = (state: State, team: Team): Map<number, TeamRole> =>
  new Map([...team.members].map(([id, role]) => [id, teamRole(state, team, id, role)]));

/** The members of a team's child teams, who are its members, too. */
export function membersBelow(state: State, team: Team): Map<number, TeamRole> {
  const below = childTeams(state, team.id).flatMap((child) => [
    ...teamMembers(state, child).keys(),
  ]);
  return new Map(below.map((id) => [id, teamRole(state, team, id, 'member')]));
}

/** The members of a team with those of its child teams: id to role, the direct role first. */
export function teamMembers(state: State, team: Team): Map<number, TeamRole> {
  const members = directMembers(state, team);
  for (const [id, role] of membersBelow(state, team)) if (!members.has(id)) members.set(id, role);
  return members;
}

const OPEN_MS = 7 * 24 * 3_600_000;

/** Invitations to an organisation that can still be accepted: for a week. */
export const openInvitations = (state: State, { invitations }: Org): OrgInvitation[] =>
  [...invitations.values()].filter(
    ({ created_at }) => created_at.getTime() + OPEN_MS > state.clock.now().getTime(),
  );

/** Secret teams are only seen by their members, by owners of the organisation, and by apps. */
export function teamVisible(state: State, team: Team, identity: Identity): boolean {
  if (identity.app) return true;
  const id = identity.actor?.id;
  const role = id === undefined ? undefined : byId(state.orgs, team.org_id).members.get(id);
  if (id === undefined || role === undefined) return false;
  return team.privacy === 'closed' || role === 'admin' || teamMembers(state, team).has(id);
}

/** What a team may do on a repository: a child team has what its parents have. */
export function teamRoleOn(state: State, team: Team, repo: Repo): RepoRole | null {
  const own = team.repos.get(repo.id) ?? null;
  const parent = team.parent_id === null ? null : byId(state.teams, team.parent_id);
  const above = parent && teamRoleOn(state, parent, repo);
  return roleAtLeast(own, above ?? 'read') ? own : above;
}

const ROLES: readonly RepoRole[] = ['read', 'triage', 'write', 'maintain', 'admin'];
const rank = (role: RepoRole | null) => (role === null ? -1 : ROLES.indexOf(role));

export const roleAtLeast = (role: RepoRole | null, wanted: RepoRole): boolean =>
  rank(role) >= rank(wanted);

/** One way in which a person has a role on a repository. */
export interface RoleSource {
  readonly role: RepoRole;
  readonly way: 'owner' | 'collaborator' | 'organisation' | 'team';
  readonly team: Team | null;
}

/** Every way: owner, collaborator, organisation, teams. */
export function roleSources(state: State, repo: Repo, user_id: number): RoleSource[] {
  if (repo.owner_id === user_id) return [{ role: 'admin', way: 'owner', team: null }];
  const direct = repo.collaborators.get(user_id);
  const org = state.orgs.get(repo.owner_id);
  const membership = org?.members.get(user_id);
  const base = membership === 'admin' ? 'admin' : membership && org?.default_permission;
  const by = (way: RoleSource['way'], role: RepoRole | null | undefined, team: Team | null) =>
    role ? [{ role, way, team }] : [];
  return [
    ...by('collaborator', direct, null),
    ...by('organisation', base, null),
    ...teamsOf(state, repo.owner_id)
      .filter((team) => team.repos.has(repo.id) && teamMembers(state, team).has(user_id))
      .flatMap((team) => by('team', team.repos.get(repo.id), team)),
  ];
}

/** What a person may do on a repository in all these ways together; null: nothing. */
export const roleOn = (state: State, repo: Repo, user_id: number): RepoRole | null =>
  roleSources(state, repo, user_id).reduce<RepoRole | null>(
    (best, { role }) => (rank(role) > rank(best) ? role : best),
    null,
  );
