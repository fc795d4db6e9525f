import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { SCHEMAS } from '../../../src/adapters/opa/assets.js';
import { dataFiles } from '../../../src/adapters/opa/layout.js';
import {
  at,
  live,
  parseData,
  request,
  starterData,
  starterTree,
  withdrawal,
} from '../../../lab/acme/policy.js';

const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true });

function errors(schema: string, value: unknown): readonly unknown[] {
  const valid = ajv.compile(JSON.parse(readFileSync(join(SCHEMAS, schema), 'utf8')) as object);
  valid(value);
  return valid.errors ?? [];
}

const POINT = {
  speaks: 'authzen',
  guards: [{ resource: 'orders-pipelines', environments: ['ci'] }],
};
const JOBS = {
  issuer: 'https://token.actions.githubusercontent.com',
  audience: 'daypass',
  claims: { repository_id: '4711' },
};

describe('the schemas that Rego is checked with describe the facts that policies get', () => {
  const changes_from = live().id;
  const full = {
    ...request(),
    siblings: [{ ...request().grant, changes_from: null }],
    pending: [{ ...plain(live()), changes_from }],
    history: [live()].map(plain),
  };
  test.each([
    ['input.request.json', full],
    ['input.request.json', request('development')],
    ['input.request.json', withdrawal({ id: 107, login: 'grace', teams: [] })],
    ['data.settings.json', starterData.settings],
    ['data.settings.json', { ...starterData.settings, ids: { teams: { a: 1 }, users: {} } }],
    ['data.catalog.json', starterData.catalog],
    [
      'data.identities.json',
      {
        patterns: {},
        people: {
          alice: { github_id: 1, at: { postgres: 'a' }, properties: { a: 'b', c: 1, d: true } },
        },
      },
    ],
    ['data.enforcement.json', { points: {} }],
    ['data.enforcement.json', enforcement()],
    ['input.use.json', question()],
  ])('%s', (schema, value) => {
    expect(errors(schema, value)).toEqual([]);
  });

  test('and nothing else', () => {
    expect(errors('input.request.json', { ...full, graant: null })).toHaveLength(1);
    expect(errors('input.request.json', { ...full, live: [{ ...live(), id: 1 }] })).not.toEqual([]);
  });
});

/** A live grant without its requester, which only `previous` has. */
function plain({ requester_id: _, ...facts }: ReturnType<typeof live>) {
  return facts;
}

/** One enforcement point for each way to say whose use it is and who asks. */
function enforcement() {
  const parsed = parseData({
    ...dataFiles(starterTree.files),
    'enforcement.yaml': JSON.stringify({
      points: {
        a: { ...POINT, environment: 'ci', subject: 'person', credential: 'token' },
        b: { ...POINT, subject: { identity: 'postgres' }, credential: { mtls: 'spiffe://acme/b' } },
        c: { ...POINT, subject: { claim: 'actor_id' }, credential: { oidc: JOBS } },
      },
    }),
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value.enforcement;
}

function question() {
  return {
    subject: { type: 'user', id: 'alice', properties: {} },
    resource: { type: 'postgres', id: 'orders-db', properties: { environment: 'production' } },
    action: { name: 'select', properties: {} },
    context: {},
    grants: [plain(live())],
    now: at(14),
  };
}
