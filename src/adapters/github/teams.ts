import { z } from 'zod';
import type { Team } from '../../core/person.js';
import type { Client } from './client.js';
import { ask, page, readAll } from './graphql.js';
import { user } from './people.js';

const MEMBERS = 'pageInfo { hasNextPage endCursor } nodes { login databaseId }';

/** A team with the first page of everybody in it, members of child teams included. */
export const TEAM = `fragment team on Team {
  databaseId slug members(first: 100, membership: ALL) { ${MEMBERS} }
}`;

const QUERY = `query Members($org: String!, $slug: String!, $after: String) {
  organization(login: $org) { t0: team(slug: $slug) {
    databaseId slug members(first: 100, membership: ALL, after: $after) { ${MEMBERS} }
  } }
}`;

export const team = z.object({
  databaseId: z.number().int(),
  slug: z.string(),
  members: page(user),
});

const answer = z.object({ organization: z.object({ t0: team }) });

/** The team with all its members. */
export async function completeTeam(
  client: Client,
  org: string,
  found: z.infer<typeof team>,
): Promise<Team> {
  const members = await readAll(found.members, async (after) => {
    const more = await ask(client, QUERY, { org, slug: found.slug, after }, answer);
    return more.organization.t0.members;
  });
  return { slug: found.slug, id: found.databaseId, members };
}
