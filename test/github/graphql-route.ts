import { z } from 'zod';
import type { GitHub } from './github.js';
import type { Reply } from './http.js';
import { ok } from './http.js';
import { Refusal } from './refusal.js';
import type { Identity, State } from './state.js';

const requestSchema = z.object({
  query: z.string().max(100_000),
  variables: z.record(z.string(), z.unknown()).nullish(),
});

/** What `graphql/index.ts` exports. */
interface GraphqlModule {
  graphql(
    state: State,
    context: Identity,
    request: { query: string; variables: Readonly<Record<string, unknown>> },
  ): Promise<{ data?: unknown; errors?: readonly unknown[] }>;
}

/** `POST /graphql`: always 200 with `data` and `errors`, for somebody whom GitHub knows. */
export async function answerGraphql(
  { state }: GitHub,
  identity: Identity,
  body: unknown,
): Promise<Reply> {
  if (!identity.actor) throw new Refusal(401, 'This endpoint requires you to be authenticated.');
  const { query, variables } = requestSchema.parse(body ?? {});
  const path = './graphql/index.js';
  let module: GraphqlModule;
  try {
    module = (await import(path)) as GraphqlModule;
  } catch {
    throw new Refusal(501, 'The stand-in has no GraphQL');
  }
  return ok(await module.graphql(state, identity, { query, variables: variables ?? {} }));
}
