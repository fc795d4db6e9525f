import { describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { told, record, window, minute, GRANT } from '../../../lab/acme/story.js';
import { readTargets } from '../../../src/http/target-metrics.js';
import { TargetFault } from '../../../src/ports.js';
import type { Connection, Provider, TargetName } from '../../../src/ports.js';
import { createTargets } from '../../../src/providers/targets/targets.js';
import { convergeGrant } from '../../../src/workflows/grant/converge.js';
import { keepTargets, type KeepTargetsWorld } from '../../../src/workflows/run/keep-targets.js';
import { worldOf } from '../world.js';

const orders: TargetName = { provider: 'pg', target: 'orders' };
const bills: TargetName = { provider: 'pg', target: 'bills' };
const team: TargetName = { provider: 'team', target: 'acme' };

/** A worker with two targets at which sessions are kept, and one at which none can be; and what it did there. */
function worker() {
  const did: string[] = [];
  const full = new Set<string>();
  const provider = (keeps_open?: true) =>
    ({
      ...(keeps_open && { keeps_open }),
      connect: async ({ url }: { url: string }) =>
        ({
          keepOpen: async () => {
            if (full.has(url)) throw new TargetFault('too many clients already (53300)', false);
            did.push(`keep ${url}`);
          },
          letGo: async () => void did.push(`let go ${url}`),
        }) as unknown as Connection,
    }) as unknown as Provider;
  const providers = { pg: provider(true), team: provider() };
  const urls = { orders: 'orders', bills: 'bills', acme: 'acme' };
  const targets = createTargets(providers, urls, async () => []);
  const warned: string[] = [];
  const log = (_: object, message: string) => void warned.push(message);
  const world = (targetsInUse: () => Promise<readonly TargetName[]>) =>
    ({
      providers,
      targets,
      ledger: { targetsInUse },
      log: { debug: log, info: log, warn: log, error: log },
    }) as unknown as KeepTargetsWorld;
  return {
    did,
    full,
    targets,
    warned,
    look: (...begun: TargetName[]) => keepTargets(world(async () => begun)),
    lookWhile: (meanwhile: () => Promise<void>) =>
      keepTargets(
        world(async () => {
          await meanwhile();
          return [];
        }),
      ),
  };
}

describe('invariant 16: a session is kept at each target with live grants', () => {
  test('from the first look, checked at each, and let go after the last grant', async () => {
    const { look, did } = worker();
    await look(orders, bills, team);
    await look(bills);
    await look(bills);
    expect(did).toEqual([
      ...['keep orders', 'keep bills', 'keep bills', 'let go orders', 'keep bills'],
    ]);
  });

  test('one that activation asks for while the ledger is being read is not let go', async () => {
    const { look, lookWhile, did, targets } = worker();
    await look(orders);
    await lookWhile(() => targets.keepOpen('pg', 'orders'));
    expect(did).toEqual(['keep orders', 'keep orders']);
    await look();
    expect(did.at(-1)).toBe('let go orders');
  });

  test('a ledger that does not answer lets none go', async () => {
    const { look, lookWhile, did, targets } = worker();
    await look(orders);
    await lookWhile(() => Promise.reject(new Error('away')));
    expect(did).toEqual(['keep orders']);
    expect(targets.kept()).toEqual([{ ...orders, fault: null }]);
  });

  test('where none can be kept, that is told: once in the log, and in readiness and metrics until one is', async () => {
    const { look, full, targets, warned } = worker();
    full.add('orders');
    await look(orders, bills);
    await look(orders, bills);
    expect(targets.kept()).toEqual([
      { ...orders, fault: 'too many clients already (53300)' },
      { ...bills, fault: null },
    ]);
    expect(warned).toEqual(['no session could be kept at this target']);
    const into = new Registry();
    await readTargets(targets)(into);
    const text = await into.metrics();
    expect(text).toContain('daypass_target_session_kept{target="orders"} 0');
    expect(text).toContain('daypass_target_session_kept{target="bills"} 1');
    full.clear();
    await look(orders, bills);
    expect(targets.kept().map(({ fault }) => fault)).toEqual([null, null]);
    expect(warned.at(-1)).toBe('a session is kept at this target again');
  });
});

test.each([
  ['is kept before anything is given', false],
  ['cannot be kept: nothing is given, and the start waits', true],
])('invariant 16: a session at the target %s', async (_, full) => {
  const did: string[] = [];
  let level: string | null = null;
  const connection = {
    fingerprint: async () => 'pg:1/orders',
    observe: async () => [level === null ? [] : [{ level, origin: 'ours' }]],
    set: async (__: unknown, given: string | null) => {
      did.push('set');
      level = given;
    },
  };
  const begun = record(told.approved(), told.activating(1, window(1, 241)));
  const world = worldOf(connection, {
    clock: { now: async () => new Date(minute(2)) },
    ledger: {
      state: async () => ({ started: null, policy: null, stopped: null }),
      grant: async () => begun,
      onSlot: async () => [begun],
      append: async (__: Date, entries: readonly { kind: string }[]) => {
        did.push(...entries.map(({ kind }) => kind));
        return [];
      },
    },
  });
  Object.assign(world.providers['postgres'] ?? {}, { keeps_open: true });
  Object.assign(world.targets, {
    keepOpen: async (...name: string[]) => {
      did.push(`keep ${name.join(' ')}`);
      if (full) throw new TargetFault('too many clients already (53300)', false);
    },
  });
  await convergeGrant(world, GRANT);
  expect(did).toEqual(
    full
      ? ['keep postgres orders', 'grant.attempt_failed']
      : ['keep postgres orders', 'set', 'grant.activated'],
  );
});
