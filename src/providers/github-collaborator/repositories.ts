import { z } from 'zod';
import { TargetFault } from '../../ports.js';
import type { GitHub, How } from '../github/connect.js';
import { strongestOf } from '../github/entitlement.js';

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
export async function repositoryById(github: GitHub, object: string, how: How) {
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
  repository: z.object({
    databaseId: z.number().int(),
    collaborators: z.object({
      totalCount: z.number().int(),
      pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
      edges: z.array(edge),
    }),
  }),
});

/** Everybody with a role, however they got it; throws if the list was cut or another repository took the name. */
async function collaborators(github: GitHub, { id, owner, repo }: TargetRepository, how: How) {
  const read = async (after: string | null) => {
    const { repository: found } = await github.graphql(QUERY, { owner, repo, after }, page, how);
    if (found.databaseId !== id)
      throw new TargetFault(
        `${owner}/${repo} was replaced by another repository while it was being read`,
        false,
      );
    return { ...found.collaborators, nodes: found.collaborators.edges };
  };
  const what = `who has access to ${owner}/${repo}`;
  return github.whole(what, read, ({ node }) => node.databaseId);
}

const invitation = z.object({
  id: z.number().int(),
  invitee: z.object({ id: z.number().int(), login: z.string() }).nullable(),
  permissions: z.string(),
  expired: z.boolean().optional(),
});

/** A custom role counts as the one that it is based on; an unknown one counts as the strongest. */
const levelOf = (name: string | null, base: string): RepositoryLevel =>
  NAMES[name?.toLowerCase() ?? ''] ?? NAMES[base.toLowerCase()] ?? 'admin';

/** Who has what on a repository, by numeric id: complete, or an error. */
export async function rolesOn(
  github: GitHub,
  at: TargetRepository,
  how: How,
): Promise<ReadonlyMap<string, RepositoryAccess>> {
  const { owner, repo } = at;
  const roles = new Map<string, RepositoryAccess>();
  // Invitations first: somebody who accepts one meanwhile is seen twice, not missed.
  const route = 'GET /repos/{owner}/{repo}/invitations';
  for (const one of await github.list(route, { owner, repo }, z.array(invitation), how)) {
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
  for (const { node, permissionSources } of await collaborators(github, at, how)) {
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
  return roles;
}
