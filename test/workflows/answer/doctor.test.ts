import { expect, test } from '@jest/globals';
import { TargetFault } from '../../../src/ports.js';
import type { Cursor } from '../../../src/ports.js';
import { examineWorld, type DoctorWorld } from '../../../src/workflows/answer/doctor.js';
import { minute, record, told } from '../../../lab/acme/story.js';
import { good } from '../../../src/core/report/finding.js';

const away = () => Promise.reject(new Error('it is away'));

/** A world in which only what is given answers. */
async function visit(given: Partial<DoctorWorld>) {
  const world = {
    ledger: { state: away },
    repository: { source: away },
    outbox: null,
    ...given,
  } as unknown as DoctorWorld;
  const said: string[] = [];
  for await (const finding of examineWorld(world)) {
    const { about, is, found } = finding;
    const code = finding.is === 'good' || !finding.code ? '' : ` (${finding.code})`;
    said.push(`${is} ${about}: ${found}${code}`);
  }
  return said;
}

test('a check that fails does not prevent the other checks', async () => {
  expect(await visit({})).toEqual([
    'unsure ledger: could not be checked: it is away',
    'good events out: not sent anywhere: EVENTS_URL is not set',
    'unsure policy: could not be checked: it is away',
    'unsure targets: not asked, because no policy that names them could be read',
  ]);
});

test.each<[string, Partial<Cursor>, string]>([
  ['takes all', { seq: 9 }, 'good events out: the receiver accepts events'],
  [
    'fails',
    { failures: 3 },
    'bad events out: 3 calls in a row failed; 5 entries are waiting to be sent',
  ],
  [
    'asked for no more',
    { paused: true },
    'bad events out: paused: the receiver wants no more; 5 entries are waiting to be sent',
  ],
])('a receiver of events that %s', async (_, more, line) => {
  const cursor: Cursor = { seq: 4, head: 9, failures: 0, retry_at: null, paused: false, ...more };
  expect(await visit({ outbox: { cursor: () => Promise.resolve(cursor) } })).toContain(line);
});

test('invariant 7: whose ends are held', async () => {
  const held = record(told.approved(0, { member: true }), told.held(5));
  const ledger = {
    state: async () => ({ started: {}, stopped: null, head: { seq: 9 }, policy: null }),
    counts: async () => ({ live: 3, overdue: 0, one_overdue: null }),
    grants: async () => [held, held, record(told.approved())],
  };
  const clock = { now: async () => new Date(minute(9)) };
  expect(await visit({ ledger, clock } as unknown as Partial<DoctorWorld>)).toContain(
    'bad ledger: the early ends of 2 grants of alice are held: they have left the organisation (departures_held)',
  );
});

test('a target that cannot be asked because Daypass itself lacks something is still named', async () => {
  const connection = async (_: string, target: string) => {
    if (target === 'orders') throw new Error('connect ECONNREFUSED');
    throw new TargetFault('nobody answers', false);
  };
  const at = (target: string) => ({ target });
  const environments = { production: at('orders'), staging: at('orders-staging') };
  const data = {
    catalog: { orders: { provider: 'postgres', roles: {}, environments, standing: [] } },
    identities: { patterns: {}, people: {} },
  };
  const said = await visit({
    ledger: { state: away },
    repository: {
      source: async () => ({ tip: 'c0ffee' }),
      policyTree: async () => ({ id: 'tree', files: {} }),
    },
    policy: { trial: async () => ({ problems: [], policy: { data }, tests_passed: null }) },
    targets: { connection },
  } as unknown as Partial<DoctorWorld>);
  expect(said.slice(-2)).toEqual([
    'unsure target orders: not asked, because connect ECONNREFUSED',
    'unsure target orders-staging: nobody answers (target_failed)',
  ]);
});

test('a target is asked about the logins that the data files and live grants name; each entitlement that it would refuse is a problem, once', async () => {
  const why = 'what is done with orders_owner can outlive a grant';
  const role = (member_of: string) => ({ entitlement: { member_of } });
  const asked: unknown[] = [];
  const connection = {
    fingerprint: async () => 'pg:1/orders',
    examine: async (about: string, identities: readonly string[]) => [
      good(about, `asked about ${identities.join(', ')}`),
    ],
    objection: async (entitlement: { member_of?: unknown }) => {
      asked.push(entitlement.member_of);
      return entitlement.member_of === 'orders_owner' ? why : null;
    },
  };
  const data = {
    catalog: {
      orders: {
        provider: 'postgres',
        roles: {
          read: role('orders_reader'),
          own: role('orders_owner'),
          again: role('orders_owner'),
        },
        environments: { production: { target: 'orders' }, staging: { target: 'orders' } },
        standing: [{ subjects: ['erin', 'alice'] }],
      },
    },
    identities: {
      patterns: { postgres: '{login}' },
      people: { alice: { github_id: 101, at: { postgres: 'alice_s' } } },
    },
  };
  const live = (target: string, identity: string) => ({
    entitled: { slot: { provider: 'postgres', target, identity } },
  });
  const said = await visit({
    ledger: {
      state: async () => ({ policy: null, started: null }),
      grants: async () => [live('orders', 'bob'), live('bills', 'carol')],
    },
    repository: {
      source: async () => ({ tip: 'c0ffee' }),
      policyTree: async () => ({ id: 'tree', files: {} }),
    },
    policy: { trial: async () => ({ problems: [], policy: { data }, tests_passed: null }) },
    targets: { connection: async () => connection },
  } as unknown as Partial<DoctorWorld>);
  expect(said.slice(-3)).toEqual([
    'good target orders: answers as pg:1/orders',
    'good target orders: asked about alice_s, erin, bob',
    `bad target orders: ${why}`,
  ]);
  expect(asked).toEqual(['orders_reader', 'orders_owner']);
});
