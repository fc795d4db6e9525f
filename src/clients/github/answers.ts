import { z } from 'zod';

/** GraphQL answered with an error. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
}

/** GitHub answered with something of another shape than its documentation says. */
export class AnotherShape extends Error {
  override readonly name = 'AnotherShape';
}

/** An answer as a schema has it; throws `AnotherShape`, with where and what. */
export function shaped<T>(schema: z.ZodType<T>, answer: unknown): T {
  const read = schema.safeParse(answer);
  if (read.success) return read.data;
  throw new AnotherShape(
    `GitHub's answer does not have the expected shape: ${z.prettifyError(read.error)}`,
  );
}
