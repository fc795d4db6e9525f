import { describe, expect, test } from '@jest/globals';
import type { RecordedRequest } from '../../../src/core/grant/requested.js';
import type { SettledRequest } from '../../../src/core/use/requests/access-request.js';
import type { RequestPull, ServedRequests } from '../../../src/ports.js';
import type { AnsweringWorld } from '../../../src/workflows/request/record.js';
import { answerRequest } from '../../../src/workflows/request/answer.js';

const now = new Date('2026-11-24T17:06:00Z');
const recorded: RecordedRequest = {
  ...{ request: 'r-1', evaluation: 'e-1', point: 'door', parent: 'base', digest: 'd' },
  person: { id: 101, login: 'alice', type: 'User' },
  app: { id: 9_001, login: 'daypass-requests[bot]', type: 'Bot' },
  ...{ branch: 'daypass/alice-orders-1', commit: 'c0ffee' },
  ...{ path: 'access-grants/production/alice-orders.yml', title: 'alice', body: 'why' },
};

/** GitHub and the rows after the entry; the call `dies` in is made, and its answer lost. */
function world(dies: string | null, change: { readonly branch?: string } = {}) {
  const made = { branches: new Map<string, string>(), pulls: [] as RequestPull[] };
  if (change.branch !== undefined) made.branches.set(recorded.branch, change.branch);
  const row = {
    pull_request: null as number | null,
    settled: null as SettledRequest | null,
    died: false,
  };
  const call = <T>(name: string, done: T): Promise<T> => {
    if (name !== dies || row.died) return Promise.resolve(done);
    row.died = true;
    return Promise.reject(new Error(`died after ${name}`));
  };
  const asked = {
    ...{ id: 'r-1', evaluation: 'e-1', point: 'door', subject_id: 101, idempotency_key: null },
    ...{ digest: 'd', draft: null, asked_at: '2026-11-24T17:05:00.000Z' },
  };
  const served = {
    web: 'https://github.com',
    rows: {
      open: async () => (row.settled ? null : { ...asked, pull_request: row.pull_request }),
      recorded: async () => [recorded],
      opened: (_: string, { number }: RequestPull) => {
        row.pull_request = number;
        return call('opened', undefined);
      },
      settle: async (_: string, as: SettledRequest) => void (row.settled = as),
    },
    app: {
      view: () => call('view', { default_branch: 'main' }),
      pullOf: () => call('pullOf', made.pulls[0] ?? null),
      branch: (name: string, commit: string) => {
        if (!made.branches.has(name)) made.branches.set(name, commit);
        return call('branch', made.branches.get(name));
      },
      open: () => {
        const pull: RequestPull = { number: made.pulls.length + 1, url: 'u', state: 'open' };
        made.pulls.push(pull);
        return call('open', pull);
      },
      look: () => call('look', made.pulls[0]),
    },
  } as unknown as ServedRequests;
  const around = {
    clock: { now: async () => now },
    ledger: { grants: async () => [], entries: async () => [] },
    log: { info: () => undefined },
  } as unknown as AnsweringWorld;
  return { made, row, step: () => answerRequest(around, served, 'r-1') };
}

describe('a request whose commit is recorded', () => {
  test.each(['pullOf', 'branch', 'view', 'open', 'opened', 'look'])(
    'killed after %s, it goes on, with one branch and one pull request',
    async (dies) => {
      const { made, row, step } = world(dies);
      for (let turn = 0; turn < 4; turn += 1) await step().catch(() => undefined);
      expect(row).toEqual({ pull_request: 1, settled: null, died: true });
      expect(made.pulls).toHaveLength(1);
      expect([...made.branches]).toEqual([[recorded.branch, recorded.commit]]);
    },
  );

  test('has failed where somebody else has the branch: nothing is opened from it', async () => {
    const { made, row, step } = world(null, { branch: 'another' });
    expect(await step()).toBeNull();
    expect(made.pulls).toEqual([]);
    expect(row.settled).toEqual({
      status: 'failed',
      why: expect.stringContaining('somebody else'),
    });
  });

  test('is denied once its pull request is closed', async () => {
    const { made, row, step } = world(null);
    await step();
    made.pulls[0] = { number: 1, url: 'u', state: 'closed' };
    expect(await step()).toBeNull();
    expect(row.settled).toEqual({ status: 'denied', why: 'its pull request was closed' });
  });
});
