/** JSON as parsed. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** The output of `cut.ts`: schemas by name, and which of them each route or event has to match. */
export interface Cut {
  /** The npm package and version the schemas were cut from. */
  readonly source: string;
  readonly license: string;
  /** `METHOD /route` to status to schema (null: an answer without JSON), or `event.action` to schema. */
  readonly roots: JsonObject;
  readonly schemas: JsonObject;
}

/** Words of OpenAPI that explain and do not constrain. */
const WORDS: ReadonlySet<string> = new Set([
  'default',
  'deprecated',
  'description',
  'discriminator',
  'example',
  'examples',
  'externalDocs',
  'nullable',
  'summary',
  'title',
]);

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !isList(value);

const including = (values: readonly Json[], value: Json): readonly Json[] =>
  values.includes(value) ? values : [...values, value];

/** `nullable` is OpenAPI's; in JSON Schema null is one more type, or one more of `anyOf`. */
function allowNull(schema: JsonObject): JsonObject {
  if (schema['type'] === undefined) return { anyOf: [schema, { type: 'null' }] };
  const types = isList(schema['type']) ? schema['type'] : [schema['type']];
  const values = schema['enum'];
  return {
    ...schema,
    type: including(types, 'null'),
    ...(isList(values) ? { enum: including(values, null) } : {}),
  };
}

/** An OpenAPI 3.0 schema as plain JSON Schema, with references into `#/schemas/`. */
export function plain(schema: Json): Json {
  if (isList(schema)) return schema.map(plain);
  if (!isObject(schema)) return schema;
  const kept: Record<string, Json> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (WORDS.has(key) || key.startsWith('x-')) continue;
    if (key === '$ref' && typeof value === 'string')
      return { $ref: value.replace('#/components/', '#/') };
    // Names of properties are not keywords, and values of enum are not schemas.
    if (key === 'properties' && isObject(value))
      kept[key] = Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]));
    else kept[key] = key === 'enum' || key === 'required' ? value : plain(value);
  }
  return schema['nullable'] === true ? allowNull(kept) : kept;
}

/** The names of the schemas that a plain schema refers to. */
function references(schema: Json): string[] {
  if (isList(schema)) return schema.flatMap(references);
  if (!isObject(schema)) return [];
  const ref = schema['$ref'];
  return typeof ref === 'string'
    ? [ref.slice('#/schemas/'.length)]
    : Object.values(schema).flatMap(references);
}

/** `roots` with every schema of `all` that they reach; throws when one is missing. */
export function reach(roots: Json, all: JsonObject): JsonObject {
  const reached: Record<string, Json> = {};
  const visit = (from: Json): void => {
    for (const name of references(from)) {
      if (name in reached) continue;
      const schema = all[name];
      if (schema === undefined) throw new Error(`the description has no schema ${name}`);
      reached[name] = plain(schema);
      visit(reached[name]);
    }
  };
  visit(roots);
  return Object.fromEntries(Object.entries(reached).sort(([a], [b]) => (a < b ? -1 : 1)));
}
