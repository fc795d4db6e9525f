import { z } from 'zod';
import type { GitHub } from './github.js';
import { graphql } from './graphql/index.js';
import type { Reply } from './http.js';
import { ok } from './http.js';
import type { Rate } from './rate-limits.js';
import { Refusal } from './refusal.js';
import type { Identity } from './state.js';

const requestSchema = z.object({
  query: z.string().max(100_000),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
});

/** `POST /graphql`: always 200 with `data` and `errors`, for known callers. */
export async function answerGraphql(
  github: GitHub,
  identity: Identity,
  rate: Rate,
  body: unknown,
): Promise<Reply> {
  if (!identity.actor) throw new Refusal(401, 'This endpoint requires you to be authenticated.');
  return ok(await graphql(github, { identity, rate }, requestSchema.parse(body ?? {})));
}
