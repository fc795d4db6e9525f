import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { nodeId } from '../../../../lab/github/node-id.js';
import type { SeedInput } from '../../../../lab/github/seed.js';
import type { World } from '../world.js';
import { ask, startWorld } from '../world.js';

jest.setTimeout(120_000);

const ids = { payments: 6000, eu: 6001, berlin: 6002, access: 6003, other: 6004 };
const PAYMENTS = 'payments';
const EU = 'eu';
const BERLIN = 'berlin';

describe('invariant 9: the teams around one that may be given', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld((seed): SeedInput => ({
      ...seed,
      teams: [
        { org: 'acme', slug: PAYMENTS, id: ids.payments, members: ['bob'], repos: {} },
        { org: 'acme', slug: EU, id: ids.eu, parent: PAYMENTS, repos: { access: 'triage' } },
        { org: 'acme', slug: BERLIN, id: ids.berlin, parent: EU, repos: { access: 'maintain' } },
        { org: 'acme', slug: 'other', id: ids.other, repos: { 'access-logs': 'admin' } },
      ],
      repos: [
        ...(seed.repos ?? []),
        { owner: 'acme', name: 'access-logs', id: 7100, private: true },
      ],
    }));
  });
  afterAll(() => world.close());
  const families = async (...names: string[]) =>
    (await world.ports.pullRequests.governing({ teams: [], families: names })).families;
  const one = (slug: keyof typeof ids, writes = false) => ({ id: ids[slug], slug, writes });

  test('are read with what each may do on the access repository', async () => {
    expect(await families('Acme/eu', 'acme/other', 'other/eu', 'acme/gone')).toEqual({
      'acme/eu': { id: ids.eu, teams: [one('eu'), one('payments'), one('berlin', true)] },
      'acme/other': { id: ids.other, teams: [one('other')] },
      'other/eu': 'elsewhere',
      'acme/gone': { unknown: 'GitHub has no such team' },
    });
    const { families: below } = await world.ports.pullRequests.governing({
      teams: [],
      families: ['acme/berlin'],
    });
    expect(below['acme/berlin']).toMatchObject({
      teams: [one('berlin', true), one('eu'), one('payments')],
    });
  });

  test('are read in several queries if there are many', async () => {
    const gone = Array.from({ length: 12 }, (_, i) => `acme/gone-${i}`);
    world.fresh();
    const found = await families(...gone, 'acme/other');
    expect(Object.keys(found)).toHaveLength(13);
    expect(found['acme/other']).toMatchObject({ id: ids.other });
    expect(world.calls()).toEqual(['POST /graphql', 'POST /graphql']);
  });

  test('come with a snapshot whose files name the resource, in the same query', async () => {
    const grant = (resource: string) =>
      `subject: alice\nresource: ${resource}\nrole: member\nduration: 4h\nreason: x\n`;
    const { number } = await ask(world, 'asks', {
      'access-grants/production/a.yml': grant('payments-team'),
    });
    const { tip } = await world.ports.repository.source();
    const given = { 'payments-team': ['acme/payments'], 'other-team': ['acme/other'] };
    const query = { number, tip, step: null, teams: ['payments'], given };
    world.fresh();
    const snapshot = await world.ports.pullRequests.snapshot(query);
    expect(world.calls()).toEqual(['POST /graphql', 'GET /repos/{owner}/{repo}/activity']);
    expect(snapshot.families).toEqual({
      'acme/payments': {
        id: ids.payments,
        teams: [one('payments'), one('eu'), one('berlin', true)],
      },
    });
    expect(snapshot.teams['payments']?.below).toEqual([ids.eu, ids.berlin]);
  });

  test('a team that was deleted after its catalog landed fails only the grants of that team', async () => {
    const { source, tip } = await world.ports.repository.source();
    const repository = {
      id: nodeId('Repository', source.repository_id),
      databaseId: source.repository_id,
      name: 'access',
      owner: { login: 'acme', databaseId: source.owner_id },
      defaultBranchRef: { name: source.default_branch, target: { oid: tip } },
    };
    const message = "Could not resolve to a Team with the slug of 'eu'.";
    const missing = { type: 'NOT_FOUND', path: ['organization', 'f0'], message };
    const body = { data: { repository, organization: { f0: null } }, errors: [missing] };
    world.fault({ match: { route: '/graphql' }, do: { body } });
    expect(await families('acme/eu')).toEqual({
      'acme/eu': { unknown: 'GitHub has no such team' },
    });
  });

  test('a list that was cut counts as unknown', async () => {
    const { teams } = world.github.state;
    const eu = teams.get(ids.eu);
    if (!eu) throw new Error('there is no eu');
    for (let id = 6200; id < 6301; id += 1)
      teams.set(id, { ...eu, id, slug: `eu-${id}`, parent_id: ids.eu });
    expect(await families('acme/eu')).toEqual({
      'acme/eu': { unknown: 'GitHub returned only part of a list of teams or of what they may do' },
    });
    const { teams: all } = await world.ports.pullRequests.governing({ teams: [EU], families: [] });
    expect(all[EU]?.below).toHaveLength(102);
  });
});
