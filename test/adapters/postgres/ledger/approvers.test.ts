import { expect, test } from '@jest/globals';
import { createLedger } from '../../../../src/adapters/postgres/ledger/ledger.js';
import type { NewEntry } from '../../../../src/core/ledger/events.js';
import type { ApproverIds } from '../../../../src/core/policy/approvers.js';
import { at, entry, landed, policy, source, started } from '../entries.js';
import { ledgerDatabase, poolOf } from '../released.js';

test('invariant 6: who the approvers of the policy in force are, also of one from before that was recorded', async () => {
  const ledger = createLedger(poolOf((await ledgerDatabase()).worker));
  const ids = (security: number | null) => ({ teams: { security }, users: {} });
  const told = async (...entries: NewEntry[]) => {
    await ledger.append(at(0), entries);
    return (await ledger.state()).approvers;
  };
  const recorded = (approvers: ApproverIds) =>
    entry('policy.approvers', { tree: policy.tree, approvers });
  const inForce = { policy, from: 'before', digest: 'd' };
  expect(await told(started('c0'))).toBeNull();
  expect(await told(recorded(ids(1)))).toEqual(ids(1));
  expect(await told(entry('policy.in_force', inForce))).toBeNull();
  expect(await told(recorded(ids(null)), landed('c1'))).toEqual(ids(null));
  const next = entry('policy.in_force', { ...inForce, approvers: ids(2) });
  expect(await told(next)).toEqual(ids(2));
  const again = { source, step: 'c2', policy, approvers: ids(3) };
  expect(await told(entry('ledger.started', again))).toEqual(ids(3));
});
