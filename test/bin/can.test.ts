import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPolicy } from '../../src/adapters/opa/policy.js';
import { createLedger } from '../../src/adapters/postgres/ledger/ledger.js';
import { parsePolicyData } from '../../src/core/policy/data.js';
import { policyTreeId } from '../../src/core/policy/tree-id.js';
import { providers } from '../../src/providers/list.js';
import { starterTree } from '../../lab/acme/policy.js';
import { entitled, GRANT, landing, told, window, type Told } from '../../lab/acme/story.js';
import { at, entry, landed, of, source } from '../adapters/postgres/entries.js';
import { ledgerDatabase, poolOf } from '../adapters/postgres/released.js';
import { ask } from './asking.js';

const home = mkdtempSync(join(tmpdir(), 'daypass-can-'));
afterAll(() => rmSync(home, { recursive: true }));

let env: Record<string, string>;

const OVER = 'access-grants/staging/alice-orders.yml@bead';
/** Longer than this test will ever be run: the command asks at the database's own time. */
const long = window(1, 10_000_000);
const reads = { ...entitled, at_use: { actions: ['select'] } };
const [at_1, kind, body] = told.activating(1, long);
const begins = [at_1, kind, { ...body, entitled: reads }] as Told;
/** In staging the catalog has it at another target. */
const readsThere = { ...reads, slot: { ...reads.slot, target: 'orders-staging' } };
const beginsThere = [at_1, kind, { ...body, entitled: readsThere }] as Told;

beforeAll(async () => {
  const urls = await ledgerDatabase();
  // The auditor's role is enough.
  env = { AUDIT_DATABASE_URL: urls.audit, DAYPASS_HOME: home };
  const { files } = starterTree;
  const tree = { files, executable: [], id: policyTreeId({ id: '', files }) };
  const parseData = (all: Readonly<Record<string, string>>) => parsePolicyData(all, providers);
  const policy = createPolicy({ parseData, folder: home, opa: null });
  const loaded = await policy.load(tree);
  await policy.close();
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const approvers = { teams: {}, users: {} };
  const starts = { source, step: 'decaf', policy: loaded.policy.digests, approvers };
  const ledger = createLedger(poolOf(urls.owner));
  await ledger.append(at(0), [entry('ledger.started', starts)], { archive: tree });
  const declared = { ...landing.declared, environment: 'staging', path: OVER.split('@')[0] ?? '' };
  await ledger.append(at(1), [
    landed('c0ffee', 7),
    of(GRANT, told.approved(0, { entitled: reads })),
    of(OVER, told.approved(0, { declared, commit: 'bead', entitled: readsThere })),
  ]);
  await ledger.append(at(2), [
    ...[of(GRANT, begins), of(GRANT, told.activated())],
    ...[of(OVER, beginsThere), of(OVER, told.activated())],
  ]);
  await ledger.append(at(3), [of(OVER, told.ending(3)), of(OVER, told.revoked(3))]);
}, 60_000);

const asks = (...words: string[]) => ask(['can', ...words], env);
const production = ['--environment', 'production'];

describe('invariant 27: daypass can', () => {
  test('yes, by a live grant and the rules of the policy in force', async () => {
    const { exit, out } = await asks('Alice', 'select', 'orders-db', ...production);
    expect(out).toEqual([
      expect.stringMatching(
        /^yes: The grant production\/alice-orders allows select until \d{4}-.* UTC\. \(allowed_by_grant\)$/,
      ),
    ]);
    expect(exit).toBe(0);
  });

  test('no, with the reason and the smallest grant that would allow it', async () => {
    const { exit, out } = await asks('alice', 'delete', 'orders-db', ...production);
    expect(exit).toBe(1);
    expect(out[0]).toMatch(
      /^no: The grant production\/alice-orders allows select until .*; this is delete\. \(out_of_scope\)$/,
    );
    expect(out.slice(1)).toEqual([
      'To ask for it, open a pull request with access-grants/production/alice-orders-db.yml:',
      '  subject: alice',
      '  resource: orders-db',
      '  role: read-write',
      '  duration: 1h',
      '  reason:',
      'or run: daypass request orders-db --role read-write --environment production --for 1h --subject alice --reason …',
    ]);
  });

  test('the link to the file, where the environment says where the access repository is', async () => {
    const at = { ...env, ACCESS_REPOSITORY: 'acme/access' };
    const { out } = await ask(['can', 'alice', 'delete', 'orders-db', ...production], at);
    const link = out.find((line) => line.startsWith('by this link: '))?.slice(14) ?? '';
    const { origin, pathname, searchParams } = new URL(link);
    expect(`${origin}${pathname}`).toBe('https://github.com/acme/access/new/main');
    expect(Object.fromEntries(searchParams)).toEqual({
      filename: 'access-grants/production/alice-orders-db.yml',
      value: 'subject: alice\nresource: orders-db\nrole: read-write\nduration: 1h\nreason:\n',
    });
    const { json } = await ask(
      ['can', 'alice', 'delete', 'orders-db', ...production, '--json'],
      at,
    );
    expect(json()).toMatchObject({
      ask_for: {
        ...{ link, role: 'read-write', reason: null },
        command: expect.stringMatching(/^daypass request /),
      },
    });
  });

  test.each([
    [['alice', 'select', 'orders-db', '--environment', 'staging'], 'ended'],
    [['alice', 'select', 'orders-db', '--environment', 'development'], 'other_environment'],
    [['alice', 'select', 'users-db'], 'unknown_resource'],
    [['alice', 'reboot', 'orders-db', ...production], 'unknown_action'],
    [['alice', 'GET /v1/../x', 'orders-db', ...production], 'unreadable_act'],
    [['alice', 'select', 'orders-db', 'psql', ...production], 'unknown_action'],
  ])('%j: %s', async (words, code) => {
    const { exit, json } = await asks(...words, '--json');
    expect(json()).toMatchObject({ decision: { allowed: false, reasons: [{ code }] } });
    expect(exit).toBe(1);
  });

  test('could not tell: who that is, which environment, no policy yet', async () => {
    const who = await asks('frank', 'select', 'orders-db', ...production);
    expect(who).toMatchObject({ exit: 2, out: [] });
    expect(who.err[0]).toContain('neither the ledger nor identities.yaml knows "frank"');
    const which = await asks('alice', 'select', 'orders-db');
    expect(which).toMatchObject({ exit: 2, out: [] });
    expect(which.err[0]).toContain('"orders-db" is in development, staging, production. Say which');
    const empty = await ledgerDatabase();
    const none = await ask(['can', 'alice', 'select', 'orders-db'], {
      AUDIT_DATABASE_URL: empty.audit,
    });
    expect(none.exit).toBe(2);
    expect(none.err[0]).toContain('no policy is in force yet');
  });
});
