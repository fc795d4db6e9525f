import { describe, expect, test } from '@jest/globals';
import { READER } from '../../../src/core/ledger/archived-policy.js';
import { policyTreeId } from '../../../src/core/policy/tree-id.js';
import { fingerprint } from '../../../src/core/reading/canonical.js';
import { EngineFault, type PolicyTree, type World } from '../../../src/ports.js';
import { archivedTree, dataInForce, policyInForce } from '../../../src/workflows/judge/in-force.js';
import { approvers, policy as data } from '../../support/core/comparing.js';

const files = { 'settings.yaml': 'a: 1\n', 'access/request.rego': 'package access\n' };
const id = policyTreeId({ id: '', files });
const recorded = {
  ...{ tree: id, data: fingerprint(data), wasm: 'w1', compiler: 'opa 1', reader: READER },
};

/** A world whose archive returns `tree`, from which `made` is made. */
const worldOf = (
  tree: PolicyTree | null,
  made: Partial<typeof recorded> = {},
  ids: typeof approvers | null = approvers,
) =>
  ({
    ledger: {
      state: async () => ({ policy: recorded, approvers: ids }),
      policyTree: async () => tree,
    },
    policy: {
      read: () => ({ ok: true, value: made.data === undefined ? data : { other: true } }),
      load: async () => ({ ok: true, policy: { digests: { ...recorded, ...made }, data } }),
    },
  }) as unknown as World;

describe('invariants 1, 22: the archived tree is compared with the entries each time it is loaded', () => {
  const kept = { id, files, executable: [] };

  test('the recorded tree is in force', async () => {
    expect(await policyInForce(worldOf(kept))).toMatchObject({ digests: recorded, approvers });
    expect(await dataInForce(worldOf(kept))).toBe(data);
  });

  test.each([
    [
      'a changed file',
      { ...kept, files: { ...files, 'settings.yaml': 'a: 2\n' } },
      {},
      /its files give the tree/,
    ],
    [
      'a file more',
      { ...kept, files: { ...files, 'access/rules/every/x/x.rego': '' } },
      {},
      /its files give the tree/,
    ],
    ['no tree', null, {}, /does not hold the policy tree/],
    ['other data', kept, { data: 'd2' }, /its data has the digest/],
  ])(
    '%s is not accepted as a policy, neither for rules nor for ends',
    async (_, tree, made, why) => {
      await expect(policyInForce(worldOf(tree, made))).rejects.toThrow(why);
      await expect(dataInForce(worldOf(tree, made))).rejects.toThrow(EngineFault);
    },
  );

  test('invariant 6: nothing is judged before its approvers are recorded; ends go on', async () => {
    const unrecorded = worldOf(kept, {}, null);
    await expect(policyInForce(unrecorded)).rejects.toThrow(/ids of the approvers .* not recorded/);
    expect(await dataInForce(unrecorded)).toBe(data);
  });

  test('other compiled rules are not accepted as a policy', async () => {
    await expect(policyInForce(worldOf(kept, { wasm: 'w2' }))).rejects.toThrow(/compiled rules/);
  });

  test('a change of policy is never compared with an altered tree', async () => {
    const altered = { ...kept, files: {} };
    await expect(archivedTree(worldOf(altered), id)).rejects.toThrow(EngineFault);
    expect(await archivedTree(worldOf(kept), id)).toEqual(kept);
  });
});
