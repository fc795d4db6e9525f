import { describe, expect, test } from '@jest/globals';
import { filesDiffer, policyDiffers, READER } from '../../../src/core/ledger/archived-policy.js';
import { policyTreeId } from '../../../src/core/policy/tree-id.js';
import { parsePolicyData } from '../../../src/core/policy/data.js';
import { fingerprint } from '../../../src/core/reading/canonical.js';
import { providers } from '../../support/core/policy-files.js';

const files = { 'settings.yaml': 'a: 1\n', 'access/request.rego': 'package access\n' };
const executable = ['access/request.rego'];
const id = policyTreeId({ id: '', files, executable });
const kept = { id, files, executable };
/** A tree that was archived before executable files were distinguished. */
const older = { id, files };
const made = { data: 'd1', wasm: 'w1', compiler: 'opa 1' };
const recorded = { tree: id, ...made, reader: READER };

describe('invariants 1, 22: an archived tree is compared with what was recorded', () => {
  test.each([
    ['what was recorded', kept, made, null],
    ['its data alone, without its rules', kept, { data: 'd1' }, null],
    [
      'other data',
      kept,
      { ...made, data: 'd2' },
      'its data has the digest d2, but d1 was recorded',
    ],
    ['other rules', kept, { ...made, wasm: 'w2' }, 'its compiled rules have the digest w2'],
    ['rules by another compiler', kept, { ...made, wasm: 'w2', compiler: 'opa 2' }, null],
    [
      'an altered file',
      { ...kept, files: { ...files, 'README.md': '' } },
      made,
      'its files give the tree',
    ],
    [
      'a file less',
      { ...kept, files: { 'settings.yaml': 'a: 1\n' } },
      made,
      'its files give the tree',
    ],
    ['another mode', { ...kept, executable: [] }, made, 'its files give the tree'],
    ['an older archive', older, made, null],
    ['an older archive, other data', older, { ...made, data: 'd2' }, 'its data'],
    ['an older archive, other rules', older, { ...made, wasm: 'w2' }, 'its compiled rules'],
    ['an older archive, another compiler', older, { ...made, compiler: 'opa 2' }, 'its files give'],
  ])('%s', (_, tree, found, differs) => {
    const why = policyDiffers(tree, found, recorded);
    if (differs === null) expect(why).toBeNull();
    else expect(why).toContain(differs);
  });

  test('data from another version of the reader is not compared; the files have to match instead', () => {
    const other = { ...recorded, reader: READER + 1 };
    expect(policyDiffers(kept, { ...made, data: 'd2' }, other)).toBeNull();
    expect(policyDiffers(older, { ...made, data: 'd2' }, other)).toContain('its files give');
    const plain = { ...older, id: policyTreeId(older) };
    expect(policyDiffers(plain, { data: 'd2' }, { ...other, tree: plain.id })).toBeNull();
  });

  test('comparing only the files', () => {
    expect(filesDiffer(kept, recorded)).toBeNull();
    expect(filesDiffer(older, recorded)).toBeNull();
    expect(filesDiffer({ ...kept, files: {} }, recorded)).toContain('its files give the tree');
  });
});

const PINNED = {
  'settings.yaml': `teams: [security, on-call]
policy_owners: { teams: [security], users: [erin], count: 2 }
max_lead: 14d
activate_within: 1h
ending_soon: 15m
mass_ending: { share: 0.25, number: 10 }
environments:
  production:
    max_duration: 8h
    high_risk_max_duration: 2h
    hours: { zone: Europe/Berlin, days: [mon, fri], from: '09:00', to: '18:00' }
`,
  'identities.yaml': `patterns: { postgres: '{login}' }
people:
  alice: { github_id: 101, postgres: alice_s }
`,
  'catalog/orders-db.yaml': `provider: postgres
owners: [payments]
roles:
  read-write: { entitlement: { member_of: orders_writer }, risk: high }
environments:
  production: { target: orders }
standing:
  - { environment: production, role: read-write, subjects: [alice], because: on call }
`,
};

test('this reader gives exactly this data: raise READER if it gives anything else', () => {
  const parsed = parsePolicyData(PINNED, providers);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  expect([READER, fingerprint(parsed.value)]).toEqual([
    1,
    'cd5a542140afe7d2ed54f15d2c5b2c7a2c985126dc1092761c067befd90c1f77',
  ]);
});
