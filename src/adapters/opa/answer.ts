import { z } from 'zod';
import { canonical } from '../../core/reading/canonical.js';
import type { PolicyAnswer } from '../../core/decision/facts.js';
import { LOGIN, TEAM, type NamePattern } from '../../core/reading/names.js';
import { GRANT_KEYS } from '../../core/reading/reason.js';
import type { UseAnswer } from '../../core/use/answer.js';
import { EngineFault } from '../../ports.js';

const text = z.string().min(1).max(2_000);
/** Names are shown even of trees that are not in force: these have no room to smuggle out what they were asked. */
const rule = z.string().regex(/^[\w./-]{1,100}$/, 'the name of a rule, such as every/known');
/** Left out, and not null, where a rule gives none: what was answered before there were keys stays the same bytes. */
const key = z.enum(GRANT_KEYS).exactOptional();
const reason = z.strictObject({ rule, message: text, key });
const used = z.strictObject({ rule, message: text });
const name = ({ pattern, allowed }: NamePattern) => z.string().regex(pattern, allowed);
const people = z
  .strictObject({ teams: z.array(name(TEAM)).max(100), users: z.array(name(LOGIN)).max(100) })
  .refine(({ teams, users }) => teams.length + users.length > 0, 'an empty set of people');
const requirement = z.strictObject({
  ...reason.shape,
  any_of: people,
  count: z.int().min(1).max(100),
  exclude: z.array(z.int().positive()).max(1_000),
});
const set = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .max(500)
    .transform(ordered<z.infer<T>>);

const policyAnswer = z.strictObject({
  deny: set(reason),
  warn: set(reason),
  require: set(requirement),
  approve: set(reason),
});

const useAnswer = z.strictObject({
  deny: set(used),
  /** Policies from before there were warnings at use do not have it. */
  warn: set(used).default([]),
  approve: set(z.strictObject({ ...used.shape, grant: text, ends_at: text.nullable() })),
});

/** Sets have no order of their own: sorted, so that the same decision is the same bytes (invariant 23). */
function ordered<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, key: canonical(item) }))
    .sort((one, other) => (one.key < other.key ? -1 : 1))
    .map(({ item }) => item);
}

/** The answer of `access/request`. Throws `EngineFault` when it has another shape (invariant 3). */
export function parseAnswer(answer: unknown): PolicyAnswer {
  return parsed(policyAnswer, answer, 'access/request');
}

/** The answer of `access/use`; throws likewise. */
export function parseUse(answer: unknown): UseAnswer {
  return parsed(useAnswer, answer, 'access/use');
}

function parsed<T extends z.ZodType>(shape: T, answer: unknown, of: string): z.infer<T> {
  const result = shape.safeParse(answer);
  if (result.success) return result.data;
  const why = result.error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.join('.') || 'answer'}: ${message}`);
  throw new EngineFault(`${of} answered in the wrong shape (${why.join('; ')})`);
}
