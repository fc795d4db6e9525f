import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { IDENTITIES, starter } from '../../lab/acme/acme.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import { ask } from './asking.js';
import { workingTree } from './working-tree.js';
import type { WorkingTree } from './working-tree.js';

const PATH = 'access-grants/production/alice.yml';
const TEAM = `provider: github-team
owners: [payments]
roles:
  member: { entitlement: { team: acme/orders, team_id: 6000, role: member } }
environments: { production: { target: acme } }
`;
const FACTS = `
now: 2026-11-24T14:00:00+01:00
requester: alice
people:
  alice: { id: 101, member: true, teams: [web] }
  bob: { id: 102, member: true, teams: [payments] }
  carol: { id: 103, member: true, teams: [security] }
approvals: [bob, carol]
`;

let tree: WorkingTree;
beforeEach(() => {
  tree = workingTree({
    ...starter(),
    'policies/identities.yaml': IDENTITIES,
    'policies/catalog/orders-team.yaml': TEAM,
  });
});
afterEach(() => tree.close());

test('invariant 9: what a team governs is listed as not known offline, whatever the rules say', async () => {
  tree.write(PATH, grantFile({ resource: 'orders-team', role: 'member' }));
  tree.write('facts.yaml', FACTS);
  const env = { DAYPASS_HOME: join(tree.folder, '.git', 'cache'), PATH: '' };
  const { exit, out } = await ask(['check', '--facts', 'facts.yaml'], env, { cwd: tree.folder });
  expect(out.join('\n')).toContain(`${PATH}: approved`);
  expect(out.join('\n')).toContain(
    `whether ${PATH} gives power over Daypass: only GitHub knows what governs it`,
  );
  expect(exit).toBe(2);
});
