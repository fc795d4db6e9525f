import { z } from 'zod';
import { shaped, Unanswered } from './answers.js';
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
  /** The fields and aliases that are null where GitHub does not know what they ask for. Without it nothing may be missing. */
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
      throw new Unanswered(`GitHub could not answer: ${why}`, { cause: error });
    }
    return data;
  }
}

/**
 * Asks GitHub's GraphQL API and validates the answer. An error in the answer is an error here (invariant 3):
 * `Unanswered`, save where what is asked for may be missing; `AnotherShape` where it is another.
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
 * Runs a document of mutations, once. Answers the messages of what GitHub refused, by the field that it refused;
 * a failure of the whole document is thrown.
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
