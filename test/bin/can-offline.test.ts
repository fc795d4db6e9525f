import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { starter } from '../../lab/acme/acme.js';
import { ORDERS_API_FILES } from '../../lab/acme/orders-api.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import { ask } from './asking.js';
import { workingTree, type WorkingTree } from './working-tree.js';

const PATH = 'access-grants/staging/alice-orders.yml';
const PEOPLE = `patterns: { postgres: "daypass_{login}" }
people:
  alice: { github_id: 101 }
  bob: { github_id: 102 }
`;

let tree: WorkingTree;
beforeEach(() => {
  tree = workingTree({ ...starter(), ...ORDERS_API_FILES, 'policies/identities.yaml': PEOPLE });
});
afterEach(() => tree.close());

/** Neither a ledger nor OPA is there. */
const can = (...words: string[]) =>
  ask(
    ['can', ...words, '--offline'],
    { DAYPASS_HOME: join(tree.folder, '.git', 'cache'), PATH: '' },
    { cwd: tree.folder },
  );
const grant = (of: object = {}) =>
  grantFile({ resource: 'orders-api', role: 'operator', duration: '2h', ...of });

describe('daypass can --offline', () => {
  test('yes, by a grant that this branch brings, and what it took as given', async () => {
    tree.write(PATH, grant({ scope: { actions: ['logs'] } }));
    const { exit, out, err } = await can('alice', 'logs', 'orders-api');
    expect(err).toEqual([]);
    expect(out[0]).toMatch(/^yes: The grant staging\/alice-orders allows logs until 20/);
    expect(out.join('\n')).toContain(
      `taken as given: ${PATH} is approved, merged and begun now, and nothing else is live`,
    );
    expect(out.join('\n')).toMatch(/taken as given: main \([0-9a-f]{12}\) has the policy in force/);
    expect(exit).toBe(0);
  });

  test('no, beyond its scope, for another person, and where it brings none; with what to ask for', async () => {
    tree.write(PATH, grant({ scope: { actions: ['logs'] } }));
    const beyond = await can('alice', 'restart', 'orders-api', '--json');
    expect([beyond.exit, beyond.json()]).toMatchObject([
      1,
      {
        decision: { allowed: false, reasons: [{ code: 'out_of_scope' }] },
        ask_for: { command: expect.stringMatching(/^daypass request orders-api --role operator/) },
        assumed: [expect.stringContaining(PATH), expect.any(String)],
      },
    ]);
    const other = await can('bob', 'logs', 'orders-api');
    expect(other.exit).toBe(1);
    expect(other.out.join('\n')).toContain('this working tree brings no grant for bob');
  });

  test.each<[string, () => void, string[], RegExp]>([
    [
      'a grant that does not hold',
      () => tree.write(PATH, grant({ role: 'nobody' })),
      ['alice', 'logs', 'orders-api'],
      /it does not hold: access-grants\/staging\/alice-orders\.yml:\d+: role: /,
    ],
    [
      'somebody whom identities.yaml does not list',
      () => undefined,
      ['zed', 'logs', 'orders-api'],
      /it does not list "zed"/,
    ],
    [
      'a resource in several environments',
      () => undefined,
      ['alice', 'select', 'orders-db'],
      /Say which with --environment/,
    ],
    [
      'a base that is not there',
      () => undefined,
      ['alice', 'logs', 'orders-api', '--base', 'nowhere'],
      /nowhere/,
    ],
  ])('could not tell: %s', async (_, prepare, words, says) => {
    prepare();
    const { exit, err } = await can(...words);
    expect(err.join('\n')).toMatch(says);
    expect(exit).toBe(2);
  });

  test('--base without it is a mistake', async () => {
    const { exit, err } = await ask(['can', 'alice', 'logs', 'orders-api', '--base', 'main']);
    expect([exit, err.join('\n')]).toEqual([2, expect.stringContaining('--base is for --offline')]);
  });
});
