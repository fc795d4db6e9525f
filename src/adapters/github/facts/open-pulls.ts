import { z } from 'zod';
import type { AccessRepository } from '../access-repository.js';
import { SOURCE, sourceShape } from '../access-repository.js';
import type { Client } from '../../../clients/github/app.js';
import { ask } from '../../../clients/github/graphql.js';
import { page, readAll } from '../../../clients/github/lists.js';

const FIELDS =
  'pageInfo { hasNextPage endCursor } nodes { number headRefOid updatedAt baseRefName }';

/** The first page of the open pull requests, to any base, as part of another query. */
export const OPEN_PULLS = `pullRequests(states: [OPEN], first: 100) { ${FIELDS} }`;

const QUERY = `query OpenPulls($owner: String!, $name: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    ${SOURCE}
    pullRequests(states: [OPEN], first: 100, after: $after) { ${FIELDS} }
  }
}`;

export const openPulls = page(
  z.object({
    number: z.number().int(),
    headRefOid: z.string(),
    updatedAt: z.string(),
    baseRefName: z.string(),
  }),
);

const answer = z.object({ repository: z.object({ ...sourceShape, pullRequests: openPulls }) });

/** All open pull requests, after a first page that was already read or from the start. */
export async function readOpenPulls(
  client: Client,
  access: AccessRepository,
  first?: z.infer<typeof openPulls>,
) {
  const read = async (after: string | null) => {
    const { owner, name } = await access.identity();
    const { repository } = await ask(client, QUERY, { owner, name, after }, answer);
    access.confirm(repository);
    return repository.pullRequests;
  };
  return readAll(first ?? (await read(null)), read);
}
