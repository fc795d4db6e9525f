import { beforeEach, expect, test } from '@jest/globals';
import type { Ledger } from '../../../src/ports.js';
import { createLedger } from '../../../src/adapters/postgres/ledger.js';
import { at, entry } from './entries.js';
import { ledgerDatabase, poolOf } from './released.js';

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

test('what is pending: of each pull request the newest decisions of its newest head, for one subject', async () => {
  const decided = (pull_request: number, digest: string, head: string, subject = 101) =>
    entry(
      'decision.made',
      {
        moment: 'pull_request',
        path: `${digest}.yml`,
        digest,
        head,
        decision: { outcome: 'approved' } as never,
        replay: { input: { subject: { id: subject } } } as never,
      },
      pull_request,
    );
  await ledger.append(at(0), [
    ...[decided(7, 'd1', 'h1'), decided(7, 'd2', 'h1'), decided(7, 'd1', 'h2')],
    ...[decided(7, 'd1', 'h2'), decided(7, 'd3', 'h2', 102)],
    ...[decided(8, 'd4', 'h3'), decided(9, 'd5', 'h4')],
  ]);
  const of = async (pulls: number[]) =>
    (await ledger.pending({ pulls, subject: 101 })).map(
      ({ pull_request, body }) => `${pull_request} ${body.path} ${body.head}`,
    );
  expect(await of([7, 9])).toEqual(['7 d1.yml h2', '9 d5.yml h4']);
  expect(await of([])).toEqual([]);
});

test('known cases: what policy was asked last, each change once, newest first', async () => {
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
