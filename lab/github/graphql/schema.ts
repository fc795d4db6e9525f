import type { GraphQLFieldResolver } from 'graphql';
import { Refusal } from '../refusal.js';
import type { Field, Fields } from './graph.js';
import type { Published } from './published.mjs';

declare global {
  /** The schema that test files share (`test/support/environment.mjs`). */
  var githubGraphql: Published | undefined;
}

/** GitHub's published schema, and what is asked of it. */
export const published: Published =
  globalThis.githubGraphql ?? (await import('./published.mjs')).published;

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

const given = (args: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null));

/**
 * Reads a field (an argument that is null counts as left out). A field that the stand-in lacks is Refusal 501, never a
 * silent null.
 */
export const readField: GraphQLFieldResolver<unknown, unknown, Record<string, unknown>> = (
  source,
  args,
  _,
  info,
) => {
  const { fieldName, parentType } = info;
  if (!isObject(source) || !(fieldName in source))
    throw new Refusal(501, `The stand-in does not answer ${parentType.name}.${fieldName}`);
  const value = source[fieldName];
  return typeof value === 'function'
    ? (value as Field<Readonly<Record<string, unknown>>>)(given(args), info)
    : value;
};
