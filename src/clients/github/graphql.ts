import { z } from 'zod';
import { shaped, QueryFailed } from './answers.js';
import type { App } from './app.js';

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

export interface QueryOptions {
  /**
   * The fields and aliases that may be null because GitHub does not have what they ask for. Without it nothing may be
   * missing.
   */
  readonly missing?: RegExp | undefined;
  readonly signal?: AbortSignal | undefined;
}

async function run(
  app: Pick<App, 'octokit'>,
  query: string,
  variables: object,
  { missing, signal }: QueryOptions,
): Promise<unknown> {
  try {
    return await app.octokit.graphql(query, { ...variables, request: signal ? { signal } : {} });
  } catch (error) {
    // An Error's own fields are not enumerable; zod reads them all the same.
    const answer = failure.safeParse(error);
    if (!answer.success) throw error;
    const { errors, data } = answer.data;
    const grave = errors.find(
      ({ type, path }) => type !== 'NOT_FOUND' || !missing?.test(String(path?.at(-1))),
    );
    if (grave) {
      const why = grave.message.slice(0, 200);
      throw new QueryFailed(`GitHub could not answer: ${why}`, { cause: error });
    }
    return data;
  }
}

/**
 * Asks GitHub's GraphQL API and validates the answer. An error in the answer throws `QueryFailed` (invariant 3), unless
 * it concerns something that may be missing; an unexpected shape throws `UnexpectedAnswer`.
 */
export async function ask<T>(
  app: Pick<App, 'octokit'>,
  query: string,
  variables: object,
  schema: z.ZodType<T>,
  how: QueryOptions = {},
): Promise<T> {
  return shaped(schema, await run(app, query, variables, how));
}

/**
 * Runs a document of mutations once. Returns GitHub's messages by the field that it refused; throws if the whole
 * document failed.
 */
export async function mutate(
  app: Pick<App, 'octokit'>,
  document: string,
  variables: object,
): Promise<ReadonlyMap<string, string>> {
  try {
    await app.octokit.graphql(document, { ...variables });
    return new Map();
  } catch (error) {
    const answer = failure.safeParse(error);
    if (!answer.success) throw error;
    const { errors } = answer.data;
    if (errors.some(({ path }) => path === undefined)) throw error;
    return new Map(errors.map(({ path, message }) => [String(path?.[0]), message.slice(0, 200)]));
  }
}
