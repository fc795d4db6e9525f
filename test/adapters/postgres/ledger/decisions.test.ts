import { beforeEach, expect, test } from '@jest/globals';
import type { Ledger } from '../../../../src/ports.js';
import { createLedger } from '../../../../src/adapters/postgres/ledger/ledger.js';
import { at, entry } from '../entries.js';
import { ledgerDatabase, poolOf } from '../released.js';

let ledger: Ledger;
beforeEach(async () => {
  ledger = createLedger(poolOf((await ledgerDatabase()).worker));
});

test('the newest decision for an effect digest of a pull request', async () => {
  const decided = (digest: string, head: string) =>
    entry(
      'decision.made',
      {
        moment: 'pull_request',
        path: 'a',
        digest,
        head,
        decision: { state: 'denied' } as never,
        replay: null,
      },
      7,
    );
  await ledger.append(at(0), [decided('d1', 'h1'), decided('d2', 'h2'), decided('d1', 'h3')]);
  const { body } = (await ledger.lastDecision(7, 'd1')) ?? { body: '' };
  expect(JSON.parse(body)).toMatchObject({ digest: 'd1', head: 'h3' });
  expect(await ledger.lastDecision(8, 'd1')).toBeNull();
});

test('what is pending for one subject: of each pull request, the newest decisions on its present head', async () => {
  const decided = (
    pull_request: number,
    path: string,
    head: string,
    more: { subject?: number; digest?: string; grant?: null } = {},
  ) =>
    entry(
      'decision.made',
      {
        moment: 'pull_request',
        path: `${path}.yml`,
        digest: more.digest ?? path,
        head,
        decision: { outcome: 'approved' } as never,
        replay: { input: { grant: {}, ...more, subject: { id: more.subject ?? 101 } } } as never,
      },
      pull_request,
    );
  await ledger.append(at(0), [
    ...[decided(7, 'd1', 'h1'), decided(7, 'd2', 'h1'), decided(7, 'd1', 'h2')],
    ...[decided(7, 'd1', 'h2'), decided(7, 'd3', 'h2', { subject: 102 })],
    ...[decided(8, 'd4', 'h3'), decided(9, 'd5', 'h4')],
    // The grant that it extended is over, so it now adds one, and nothing else.
    decided(9, 'd5', 'h4', { digest: 'd6' }),
    // One file withdraws a grant and adds another.
    decided(10, 'd7', 'h5'),
    decided(10, 'd7', 'h5', { digest: 'd8', grant: null }),
  ]);
  const of = async (...pulls: [number, string][]) => {
    const open = pulls.map(([number, head_sha]) => ({ number, head_sha }));
    const found = await ledger.pending({ pulls: open, subject: 101 });
    return found.map(({ pull_request, body }) => `${pull_request} ${body.digest} ${body.head}`);
  };
  expect(await of([7, 'h2'], [9, 'h4'])).toEqual(['7 d1 h2', '9 d6 h4']);
  expect(await of([10, 'h5'])).toEqual(['10 d7 h5']);
  // Nothing was decided about these heads.
  expect(await of([7, 'h9'], [8, 'h2'])).toEqual([]);
  expect(await of()).toEqual([]);
});

test('known cases: the newest questions to the policy, each change once, newest first', async () => {
  const decided = (pull_request: number, digest: string, input: object | null) =>
    entry(
      'decision.made',
      {
        moment: 'pull_request',
        path: `${digest}.yml`,
        digest,
        head: 'h',
        decision: { outcome: 'approved' } as never,
        replay: input && ({ input } as never),
      },
      pull_request,
    );
  await ledger.append(at(0), [
    ...[decided(7, 'd1', { n: 1 }), decided(8, 'd2', { n: 2 }), decided(7, 'd1', { n: 3 })],
    ...[decided(9, 'd3', null), decided(9, 'd4', { n: 4 })],
  ]);
  const found = (await ledger.knownCases(2)).map(
    ({ pull_request, path, input }) => `${pull_request} ${path} ${JSON.stringify(input)}`,
  );
  expect(found).toEqual(['9 d4.yml {"n":4}', '7 d1.yml {"n":3}']);
  expect(await ledger.knownCases(9)).toHaveLength(3);
});

test('invariant 16: decisions are found without reading those of other heads and digests, of which there may be very many', async () => {
  const urls = await ledgerDatabase();
  const owner = poolOf(urls.superuser);
  await owner.query(`INSERT INTO daypass.entries (seq, at, kind, pull_request, body, previous, hash)
    SELECT n, now(), 'decision.made', 7,
      json_build_object('digest', 'd' || n, 'head', 'h' || n / 100, 'moment', 'pull_request', 'path', n,
        'replay', json_build_object('input', json_build_object('subject', json_build_object('id', 101)))),
      lpad(n::text, 64, '0'), lpad((n + 1)::text, 64, '0')
    FROM generate_series(1, 5000) AS n`);
  await owner.query('ANALYZE daypass.entries');
  const asked: [string, unknown[]][] = [];
  const pool = poolOf(urls.worker);
  const listening = new Proxy(pool, {
    get: (target, key) =>
      key === 'query'
        ? (text: string, values: unknown[]) => {
            asked.push([text, values]);
            return target.query(text, values);
          }
        : (Reflect.get(target, key) as unknown),
  });
  const watched = createLedger(listening);
  await watched.lastDecision(7, 'd5');
  await watched.pending({ pulls: [{ number: 7, head_sha: 'h9' }], subject: 101 });
  const plans = await Promise.all(
    asked.map(async ([text, values]) => {
      const { rows } = await owner.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, values);
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    }),
  );
  expect(plans).toEqual([
    expect.stringContaining('entries_decided'),
    expect.stringContaining('entries_at_head'),
  ]);
});
