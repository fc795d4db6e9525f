import { readFileSync } from 'node:fs';
import type { GraphQLFieldResolver, GraphQLSchema } from 'graphql';
import { buildSchema } from 'graphql';
import { Refusal } from '../refusal.js';
import type { Field, Fields } from './graph.js';

let built: GraphQLSchema | undefined;

/** GitHub's published schema, built at the first call. It breaks some rules of GraphQL, so it is assumed valid. */
export function publishedSchema(): GraphQLSchema {
  const file = new URL('schema.graphql', import.meta.resolve('@octokit/graphql-schema'));
  built ??= buildSchema(readFileSync(file, 'utf8'), { assumeValid: true, assumeValidSDL: true });
  return built;
}

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
