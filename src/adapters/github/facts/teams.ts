import { z } from 'zod';
import type { Team } from '../../../core/grant/person.js';
import type { App } from '../../../clients/github/app.js';
import { ask } from '../../../clients/github/graphql.js';
import { page, readAll } from '../../../clients/github/lists.js';
import { user } from './people.js';

const MEMBERS = 'pageInfo { hasNextPage endCursor } nodes { login databaseId }';

const BELOW = 'pageInfo { hasNextPage endCursor } nodes { databaseId }';

/** A team with the first page of everybody in it, members of child teams included, and of the teams below it. */
export const TEAM_FRAGMENT = `fragment team on Team {
  id databaseId slug members(first: 100, membership: ALL) { ${MEMBERS} }
  childTeams(first: 100, immediateOnly: false) { ${BELOW} }
}`;

const QUERY = `query Members($org: String!, $slug: String!, $after: String) {
  organization(login: $org) { t0: team(slug: $slug) {
    id databaseId slug members(first: 100, membership: ALL, after: $after) { ${MEMBERS} }
  } }
}`;

export const team = z.object({
  id: z.string(),
  databaseId: z.number().int(),
  slug: z.string(),
  members: page(user),
  childTeams: page(z.object({ databaseId: z.number().int() })),
});

const QUERY_BELOW = `query Below($org: String!, $slug: String!, $after: String) {
  organization(login: $org) { t0: team(slug: $slug) {
    childTeams(first: 100, immediateOnly: false, after: $after) { ${BELOW} }
  } }
}`;

const answer = z.object({ organization: z.object({ t0: team.pick({ members: true }) }) });
const answerBelow = z.object({ organization: z.object({ t0: team.pick({ childTeams: true }) }) });

/** The team with all its members, and all teams below it. */
export async function completeTeam(
  client: Pick<App, 'octokit'>,
  org: string,
  found: z.infer<typeof team>,
): Promise<Team> {
  const members = await readAll(found.members, async (after) => {
    const more = await ask(client, QUERY, { org, slug: found.slug, after }, answer);
    return more.organization.t0.members;
  });
  const below = await readAll(found.childTeams, async (after) => {
    const more = await ask(client, QUERY_BELOW, { org, slug: found.slug, after }, answerBelow);
    return more.organization.t0.childTeams;
  });
  return {
    slug: found.slug,
    id: found.databaseId,
    members,
    below: below.map(({ databaseId }) => databaseId),
  };
}
