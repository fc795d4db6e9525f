import { z } from 'zod';
import { OverLimits } from '../../ports/faults.js';
import type { Client } from './app.js';

const MAX_PAGES = 100;

const failure = z.object({
  name: z.literal('GraphqlResponseError'),
  data: z.unknown(),
  errors: z
    .array(
      z.object({
        type: z.string().optional(),
        path: z.array(z.union([z.string(), z.number()])).optional(),
        message: z.string(),
      }),
    )
    .min(1),
});

/** The aliases of what may be missing: teams (`t0`), teams with their families (`f0`), users (`u0`), the pull request. */
const MAY_BE_MISSING = /^(?:[tfu]\d+|pullRequest)$/;

async function run(client: Client, query: string, variables: object): Promise<unknown> {
  try {
    return await client.octokit.graphql(query, { ...variables });
  } catch (error) {
    // An Error's own fields are not enumerable; zod reads them all the same.
    const answer = failure.safeParse(error);
    if (!answer.success) throw error;
    const { errors, data } = answer.data;
    const grave = errors.find(
      ({ type, path }) => type !== 'NOT_FOUND' || !MAY_BE_MISSING.test(String(path?.at(-1))),
    );
    if (grave)
      throw new Error(`GitHub could not answer: ${grave.message.slice(0, 200)}`, { cause: error });
    return data;
  }
}

/**
 * Asks GitHub's GraphQL API and validates the answer. An error in the answer is an error here (invariant 3),
 * save a team, user or pull request that GitHub does not know, which is null.
 */
export async function ask<T>(
  client: Client,
  query: string,
  variables: object,
  schema: z.ZodType<T>,
): Promise<T> {
  const answer = schema.safeParse(await run(client, query, variables));
  if (answer.success) return answer.data;
  throw new Error(`GitHub's answer has another shape: ${z.prettifyError(answer.error)}`);
}

/**
 * Runs a document of mutations, once. Answers the messages of what GitHub refused, by the field that it refused;
 * a failure of the whole document is thrown.
 */
export async function mutate(
  client: Client,
  document: string,
  variables: object,
): Promise<ReadonlyMap<string, string>> {
  try {
    await client.octokit.graphql(document, { ...variables });
    return new Map();
  } catch (error) {
    const answer = failure.safeParse(error);
    if (!answer.success) throw error;
    const { errors } = answer.data;
    if (errors.some(({ path }) => path === undefined)) throw error;
    return new Map(errors.map(({ path, message }) => [String(path?.[0]), message.slice(0, 200)]));
  }
}

/** The shape of one page of a list. */
export const page = <T extends z.ZodType>(node: T) =>
  z.object({
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
    nodes: z.array(node),
  });

interface Page<T> {
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly nodes: readonly T[];
}

/**
 * All of a list from its first page on; throws when it does not end (invariant 3: never a shorter list): `OverLimits`
 * where it is longer than what is read at all.
 */
export async function readAll<T>(
  first: Page<T>,
  next: (after: string) => Promise<Page<T>>,
): Promise<T[]> {
  const all = [...first.nodes];
  let { pageInfo } = first;
  for (let pages = 1; pageInfo.hasNextPage; pages += 1) {
    if (pages >= MAX_PAGES)
      throw new OverLimits(`a list of GitHub's does not end after ${pages} pages`);
    if (pageInfo.endCursor === null) throw new Error('a list of GitHub’s goes on nowhere');
    const more = await next(pageInfo.endCursor);
    all.push(...more.nodes);
    pageInfo = more.pageInfo;
  }
  return all;
}
