// JavaScript, because test/support/environment.mjs loads it as Node does: once for all test files of a worker of jest.
import { readFileSync } from 'node:fs';
import { buildSchema, execute, parse, validate } from 'graphql';

/** More queries than Daypass and the tests of a file ask; each is read once. */
const REMEMBERED = 500;

let built;

/** GitHub's published schema, built at the first call. It breaks some rules of GraphQL, so it is assumed valid. */
function schema() {
  const file = new URL('schema.graphql', import.meta.resolve('@octokit/graphql-schema'));
  built ??= buildSchema(readFileSync(file, 'utf8'), { assumeValid: true, assumeValidSDL: true });
  return built;
}

/** A query that can be parsed, and what is wrong with it by the schema. */
function readAnew(query) {
  try {
    const document = parse(query);
    return { document, problems: validate(schema(), document) };
  } catch (error) {
    return { document: null, problems: [error] };
  }
}

const queries = new Map();

/** To validate a query takes longer than to answer it, and the same ones come all the time. */
function read(query) {
  const known = queries.get(query);
  if (known) return known;
  if (queries.size >= REMEMBERED) queries.clear();
  const found = readAnew(query);
  queries.set(query, found);
  return found;
}

export const published = {
  schema,
  read,
  execute: (document, how) => execute({ ...how, schema: schema(), document }),
};
