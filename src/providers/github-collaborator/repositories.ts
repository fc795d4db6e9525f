import { z } from 'zod';
import { TargetFault } from '../../ports.js';
import { byNameOrId, NotByThatName } from '../github/by-name.js';
import type { GitHub, How } from '../github/connect.js';
import { strongestOf } from '../github/entitlement.js';
import type { ToRead } from '../github/organization.js';

/** The levels that a collaborator can have, weakest first. */
export const REPOSITORY_LEVELS = ['pull', 'triage', 'push', 'maintain', 'admin'] as const;
export type RepositoryLevel = (typeof REPOSITORY_LEVELS)[number];

/** The strongest of some levels; null if there are none. */
export const strongest = strongestOf(REPOSITORY_LEVELS);

export interface TargetRepository {
  readonly id: number;
  readonly owner: string;
  readonly repo: string;
}

/** What one person has on a repository. */
export interface RepositoryAccess {
  /** Their current login. */
  readonly login: string;
  readonly direct: RepositoryLevel | null;
  /** By the organisation and its teams. */
  readonly inherited: RepositoryLevel | null;
  readonly invitations: readonly {
    readonly id: number;
    readonly level: RepositoryLevel;
    readonly expired: boolean;
  }[];
}

const repository = z.object({
  id: z.number().int(),
  name: z.string(),
  owner: z.object({ id: z.number().int(), login: z.string() }),
});

/** The repository with an id, even if it was renamed; throws if it no longer belongs to the organisation. */
async function repositoryById(github: GitHub, object: string, how: How): Promise<TargetRepository> {
  const { id, login } = await github.organization();
  const found = await github.call(
    'GET /repositories/{repository_id}',
    { repository_id: Number(object) },
    repository,
    how,
  );
  if (String(found.id) !== object || found.owner.id !== id)
    throw new TargetFault(`the repository ${object} does not belong to ${login} any more`, true);
  return { id: found.id, owner: found.owner.login, repo: found.name };
}

/** Names of roles: GraphQL and invitations use other names than the call that gives them. */
const NAMES: Readonly<Record<string, RepositoryLevel>> = {
  ...Object.fromEntries(REPOSITORY_LEVELS.map((level) => [level, level])),
  read: 'pull',
  write: 'push',
};

const QUERY = `query Collaborators($owner: String!, $repo: String!, $after: String) {
  repository(owner: $owner, name: $repo, followRenames: false) {
    databaseId
    name
    owner { login ... on Organization { databaseId } }
    collaborators(first: 100, after: $after, affiliation: ALL) {
      totalCount
      pageInfo { hasNextPage endCursor }
      edges {
        node { databaseId login }
        permissionSources { permission roleName source { __typename } }
      }
    }
  }
}`;

const edge = z.object({
  node: z.object({ databaseId: z.number().int(), login: z.string() }),
  permissionSources: z.array(
    z.object({
      permission: z.string(),
      roleName: z.string().nullable(),
      source: z.object({ __typename: z.enum(['Organization', 'Repository', 'Team']) }),
    }),
    {
      error:
        'GitHub does not show where access comes from: the App needs the administration permission on the repository',
    },
  ),
});
const page = z.object({
  repository: z
    .object({
      databaseId: z.number().int(),
      name: z.string(),
      owner: z.object({ login: z.string(), databaseId: z.number().int().optional() }),
      collaborators: z.object({
        totalCount: z.number().int(),
        pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
        edges: z.array(edge),
      }),
    })
    .nullable(),
});

/**
 * Everybody with a role, however they got it, with the repository's name now; throws if the list was cut or the name is
 * another repository's.
 */
async function collaborators(github: GitHub, { id, owner, repo }: TargetRepository, how: How) {
  const organization = await github.organization();
  let at: TargetRepository = { id, owner, repo };
  const read = async (after: string | null) => {
    const variables = { owner, repo, after };
    const asked = { ...how, missing: /^repository$/ };
    const { repository: found } = await github.graphql(QUERY, variables, page, asked);
    if (found?.databaseId !== id || found.owner.databaseId !== organization.id)
      throw new NotByThatName(
        `${owner}/${repo} is not the repository ${id} of ${organization.login}, or was replaced by another while it was being read`,
        false,
      );
    at = { id, owner: found.owner.login, repo: found.name };
    return { ...found.collaborators, nodes: found.collaborators.edges };
  };
  const what = `who has access to ${owner}/${repo}`;
  const all = await github.whole(what, read, ({ node }) => node.databaseId);
  return { all, at };
}

const invitations = z.array(
  z.object({
    id: z.number().int(),
    invitee: z.object({ id: z.number().int(), login: z.string() }).nullable(),
    permissions: z.string(),
    expired: z.boolean().optional(),
  }),
);
type OpenInvitation = z.infer<typeof invitations>[number];

/** A custom role counts as the one that it is based on; an unknown one counts as the strongest. */
const levelOf = (name: string | null, base: string): RepositoryLevel =>
  NAMES[name?.toLowerCase() ?? ''] ?? NAMES[base.toLowerCase()] ?? 'admin';

/** All that a turn knows of a repository after a call: who is invited. */
export interface KeptInvitations {
  readonly invitations: readonly OpenInvitation[];
}

/** Who has what on a repository, by numeric id. */
export interface RepositoryRoles extends KeptInvitations {
  readonly at: TargetRepository;
  readonly roles: ReadonlyMap<string, RepositoryAccess>;
}

/** Who has what on a repository that may have been renamed: complete, or an error. */
export async function readRepository(
  github: GitHub,
  { object, names, kept, how }: ToRead<KeptInvitations>,
): Promise<RepositoryRoles> {
  const [owner, repo] = names.object?.split('/') ?? [];
  return byNameOrId(
    github,
    owner !== undefined && repo !== undefined ? { id: Number(object), owner, repo } : null,
    () => repositoryById(github, object, how),
    (at) => rolesOn(github, at, kept, how),
  );
}

/** The same for one whose name is known. */
export async function rolesOn(
  github: GitHub,
  named: TargetRepository,
  kept: KeptInvitations | null,
  how: How,
): Promise<RepositoryRoles> {
  const { owner, repo } = named;
  const roles = new Map<string, RepositoryAccess>();
  // Invitations first: somebody who accepts one meanwhile is seen twice, not missed.
  const route = 'GET /repos/{owner}/{repo}/invitations';
  const invited =
    kept?.invitations ?? (await github.list(route, { owner, repo }, invitations, how));
  for (const one of invited) {
    if (!one.invitee) continue;
    const known = roles.get(String(one.invitee.id));
    const open = {
      id: one.id,
      level: levelOf(one.permissions, ''),
      expired: one.expired ?? false,
    };
    roles.set(String(one.invitee.id), {
      login: one.invitee.login,
      direct: null,
      inherited: null,
      invitations: [...(known?.invitations ?? []), open],
    });
  }
  const { all, at } = await collaborators(github, named, how);
  for (const { node, permissionSources } of all) {
    const by = (direct: boolean) =>
      strongest(
        permissionSources
          .filter(({ source }) => (source.__typename === 'Repository') === direct)
          .map(({ roleName, permission }) => levelOf(roleName, permission)),
      );
    roles.set(String(node.databaseId), {
      login: node.login,
      direct: by(true),
      inherited: by(false),
      invitations: roles.get(String(node.databaseId))?.invitations ?? [],
    });
  }
  return { at, roles, invitations: invited };
}

/**
 * Who is invited after a call that gave one person a role, by what GitHub answered: an invitation, or nothing, because
 * they have the role at once. Null if it was something else.
 */
export function invitedAfter(
  { invitations: before }: KeptInvitations,
  identity: string,
  answer: unknown,
): KeptInvitations | null {
  const theirs = (one: OpenInvitation) => String(one.invitee?.id) === identity;
  if (answer === undefined || answer === '') return { invitations: before };
  const made = invitations.safeParse([answer]);
  if (!made.success || !made.data.every(theirs)) return null;
  return { invitations: [...before.filter((one) => !theirs(one)), ...made.data] };
}

/**
 * Who is invited after a call that took a role, or a part of it, from one person; null if they had an invitation too.
 * GitHub invites nobody who has a role on the repository, so none was made between reading the list and the call.
 */
export function uninvited(seen: RepositoryRoles, identity: string): KeptInvitations | null {
  const theirs = seen.roles.get(identity);
  if (!theirs?.direct || theirs.invitations.length > 0) return null;
  return { invitations: seen.invitations };
}
