import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { Who } from '../../../core/grant/record.js';
import type { AccessRepository, Identity } from '../access-repository.js';
import { SOURCE, sourceShape } from '../access-repository.js';
import type { Client } from '../../../clients/github/app.js';
import { ask } from '../../../clients/github/graphql.js';
import { page, readAll } from '../../../clients/github/lists.js';
import { Unreadable } from '../../../ports.js';

/** More people than this are asked about in further queries. */
const AT_ONCE = 100;
/** The people whose present login is remembered after a rename. */
const REMEMBERED = 5_000;

const asked = z.object({ repository: z.object(sourceShape) }).catchall(
  z
    .object({
      databaseId: z.number().int(),
      organization: z.object({ databaseId: z.number().int() }).nullish(),
    })
    .nullable(),
);

const LIST = `query MembersOf($owner: String!, $after: String) {
  organization(login: $owner) { databaseId
    membersWithRole(first: 100, after: $after) {
      totalCount pageInfo { hasNextPage endCursor } nodes { login databaseId }
    }
  }
}`;
const member = z.object({ login: z.string(), databaseId: z.number().int().positive() });
const listed = z.object({
  organization: z.object({
    databaseId: z.number().int(),
    membersWithRole: page(member).and(z.object({ totalCount: z.number().int() })),
  }),
});

const permitted = z.object({ permissions: z.object({ members: z.enum(['read', 'write']) }) });

/**
 * Who of some people has left the organisation that owns the access repository. Each look costs one query for 100
 * people; only if one of them is not seen there is the whole list of members read.
 */
export function createDeparted(client: Client, access: AccessRepository) {
  const logins = new LRUCache<number, string>({ max: REMEMBERED });

  /** Those whom GitHub does not show as members under the login that they are known by. */
  async function unseen(of: Identity, people: readonly Who[]): Promise<readonly Who[]> {
    const { owner, name, source } = of;
    const each = people.map(({ id, login }, i) => ({
      id,
      alias: `u${i}`,
      login: logins.get(id) ?? login,
    }));
    const query = `query Left($owner: String!, $name: String!${each.map(({ alias }) => `, $${alias}: String!`).join('')}) {
      repository(owner: $owner, name: $name) { ${SOURCE} }
      ${each.map(({ alias }) => `${alias}: user(login: $${alias}) { databaseId organization(login: $owner) { databaseId } }`).join('\n')}
    }`;
    const variables = Object.fromEntries(each.map(({ alias, login }) => [alias, login]));
    // Whoever is not shown is looked for in the whole list, so an error in place of null costs a list and nothing else.
    const found = await ask(client, query, { owner, name, ...variables }, asked, {
      missing: /^(?:u\d+|organization)$/,
    });
    access.confirm(found.repository);
    return people.filter(({ id }, i) => {
      const user = found[`u${i}`];
      return user?.databaseId !== id || user.organization?.databaseId !== source.owner_id;
    });
  }

  /** Everybody in the organisation, by id with their login now. Throws unless it is certain that this is the whole list. */
  async function everybody({
    owner,
    name,
    source,
  }: Identity): Promise<ReadonlyMap<number, string>> {
    // Without the permission, GitHub may show public members only.
    const found = await client.asApp('GET /repos/{owner}/{repo}/installation', {
      owner,
      repo: name,
    });
    if (!permitted.safeParse(found).success)
      throw new Unreadable('the App may not read who is in the organisation');
    let count = 0;
    const read = async (after: string | null) => {
      const { organization } = await ask(client, LIST, { owner, after }, listed);
      if (organization.databaseId !== source.owner_id)
        throw new Unreadable('the organisation was replaced while its members were read');
      count = organization.membersWithRole.totalCount;
      return organization.membersWithRole;
    };
    const all = new Map(
      (await readAll(await read(null), read)).map(({ databaseId, login }) => [databaseId, login]),
    );
    if (all.size === 0 || all.size !== count)
      throw new Unreadable("the list of the organisation's members was cut");
    return all;
  }

  return async (
    organization: number,
    people: readonly Who[],
  ): Promise<readonly number[] | null> => {
    const identity = await access.identity();
    if (!identity.organization || identity.source.owner_id !== organization) return null;
    const missing: Who[] = [];
    for (let at = 0; at < people.length; at += AT_ONCE)
      missing.push(...(await unseen(identity, people.slice(at, at + AT_ONCE))));
    if (missing.length === 0) return [];
    const members = await everybody(identity);
    for (const { id } of missing) {
      const login = members.get(id);
      // Renamed: this login is asked about from now on.
      if (login !== undefined) logins.set(id, login);
    }
    return missing.map(({ id }) => id).filter((id) => !members.has(id));
  };
}
