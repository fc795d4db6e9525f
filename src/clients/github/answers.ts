import { z } from 'zod';

/** GraphQL answered with an error. */
export class QueryFailed extends Error {
  override readonly name = 'QueryFailed';
}

/** GitHub's answer does not have the shape that its documentation says. */
export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer';
}

/** Parses an answer with a schema; throws `UnexpectedAnswer`, which says where and what. */
export function shaped<T>(schema: z.ZodType<T>, answer: unknown): T {
  const read = schema.safeParse(answer);
  if (read.success) return read.data;
  throw new UnexpectedAnswer(
    `GitHub's answer does not have the expected shape: ${z.prettifyError(read.error)}`,
  );
}
