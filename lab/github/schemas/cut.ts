/*
 * Cuts GitHub's published descriptions (400 MB) to the routes that the stand-in serves and the webhooks it sends. Run it again
 * when either changed (routes.ts says which they are):
 *   npx tsx lab/github/schemas/cut.ts
 * It takes the two npm packages below into a temporary folder, reads one file of each and writes rest.json and webhooks.json.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ALIASES, EVENTS, ROUTES } from './routes.js';
import type { Cut, Json, JsonObject } from './schema.js';
import { isObject, plain, reach } from './schema.js';

const REST = '@octokit/openapi@23.0.2';
const WEBHOOKS = '@octokit/openapi-webhooks@12.1.0';
const FILE = 'package/generated/api.github.com.json';
const LICENSE = 'MIT';

/** Where the description is wrong: an account there would have to be a person and an enterprise at once. */
const CORRECTED: Readonly<Record<string, JsonObject>> = {
  'GET /app/installations': {
    '200': { type: 'array', items: { $ref: '#/schemas/installation' } },
  },
};

/** The value at `keys` in `from`; throws if there is none. */
function at(from: Json, ...keys: string[]): Json {
  return keys.reduce((value, key) => {
    const next = isObject(value) ? value[key] : undefined;
    if (next === undefined) throw new Error(`the description has no ${keys.join(' → ')}`);
    return next;
  }, from);
}

function object(value: Json): JsonObject {
  if (!isObject(value)) throw new Error('the description has something other than an object');
  return value;
}

/** The description in the npm package `spec`, unpacked in `folder`. */
function fetchDescription(spec: string, folder: string): Json {
  const tarball = execFileSync('npm', ['pack', '--silent', spec], {
    cwd: folder,
    encoding: 'utf8',
  });
  execFileSync('tar', ['-xzf', tarball.trim(), FILE], { cwd: folder });
  return JSON.parse(readFileSync(join(folder, FILE), 'utf8')) as Json;
}

/** The schema of a body; null if it is not JSON. */
function bodySchema(message: JsonObject): Json {
  const content = message['content'];
  const json = isObject(content) ? content['application/json'] : undefined;
  return isObject(json) && json['schema'] !== undefined ? plain(json['schema']) : null;
}

/** The schema of each answer that the description gives `route`, by status. */
function answers(description: Json, route: string): JsonObject {
  const [method = '', path = ''] = (ALIASES[route] ?? route).split(' ');
  const responses = object(at(description, 'paths', path, method.toLowerCase(), 'responses'));
  const described = Object.fromEntries(
    Object.entries(responses).map(([status, response]) => {
      const ref = object(response)['$ref'];
      const found =
        typeof ref === 'string' ? at(description, ...ref.split('/').slice(1)) : response;
      return [status, bodySchema(object(found))];
    }),
  );
  return { ...described, ...CORRECTED[route] };
}

function payload(description: Json, event: string): Json {
  const name = event.replace(/[._]/g, '-');
  return bodySchema(object(at(description, 'webhooks', name, 'post', 'requestBody')));
}

function cut(source: string, description: Json, roots: JsonObject): Cut {
  const all = object(at(description, 'components', 'schemas'));
  // Every 4xx that a route does not describe has the shape of the basic error.
  const kept = source === REST ? [roots, { $ref: '#/schemas/basic-error' }] : [roots];
  return { source, license: LICENSE, roots, schemas: reach(kept, all) };
}

const write = (name: string, value: Cut) => {
  const text = JSON.stringify(value);
  writeFileSync(new URL(name, import.meta.url), `${text}\n`);
  process.stdout.write(`${name}: ${Math.round(text.length / 1024)} KiB from ${value.source}\n`);
};

const folder = mkdtempSync(join(tmpdir(), 'openapi-'));
try {
  const rest = fetchDescription(REST, folder);
  write('rest.json', cut(REST, rest, Object.fromEntries(ROUTES.map((r) => [r, answers(rest, r)]))));
  const hooks = fetchDescription(WEBHOOKS, folder);
  const roots = Object.fromEntries(EVENTS.map((event) => [event, payload(hooks, event)]));
  write('webhooks.json', cut(WEBHOOKS, hooks, roots));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
