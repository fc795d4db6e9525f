import { z } from 'zod';

/** GraphQL answered with an error. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
}

/** GitHub's answer does not have the shape that its documentation says. */
export class AnotherShape extends Error {
  override readonly name = 'AnotherShape';
}

/** Parses an answer with a schema; throws `AnotherShape`, which says where and what. */
export function shaped<T>(schema: z.ZodType<T>, answer: unknown): T {
  const read = schema.safeParse(answer);
  if (read.success) return read.data;
  throw new AnotherShape(
    `GitHub's answer does not have the expected shape: ${z.prettifyError(read.error)}`,
  );
}
