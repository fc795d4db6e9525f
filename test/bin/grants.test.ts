import { beforeAll, describe, expect, test } from '@jest/globals';
import { createLedger } from '../../src/adapters/postgres/ledger/ledger.js';
import type { NewEntry } from '../../src/core/ledger/events.js';
import { ledgerDatabase, poolOf, type Urls } from '../adapters/postgres/released.js';
import { at, landed, of, started } from '../adapters/postgres/entries.js';
import { bob, GRANT, landing, minute, told, window } from '../../lab/acme/story.js';
import { ask } from './asking.js';

let env: Record<string, string>;
let urls: Urls;

const OTHER = 'access-grants/development/bob.yml@bead';
const declared = {
  ...landing.declared,
  path: 'access-grants/development/bob.yml',
  environment: 'development',
  subject: 'bob',
  scope: { actions: ['select'] },
};
const bobs: NewEntry = of(OTHER, told.approved(0, { declared, subject: bob, commit: 'bead' }));

// The stories happen in November 2026. A year earlier, so that the database's own time is always later.
const YEAR = 365 * 24 * 60;

beforeAll(async () => {
  urls = await ledgerDatabase();
  env = { AUDIT_DATABASE_URL: urls.audit };
  const ledger = createLedger(poolOf(urls.owner));
  const minus = (n: number) => new Date(at(n).getTime() - YEAR * 60_000);
  await ledger.append(minus(0), [started('decaf'), landed('c0ffee', 7)]);
  await ledger.append(minus(1), [of(GRANT, told.approved()), bobs]);
  await ledger.append(minus(2), [of(GRANT, told.activating()), of(GRANT, told.activated())]);
  await ledger.append(minus(3), [
    of(OTHER, told.activating(3, window(3, 10_000_000))),
    of(OTHER, told.activated()),
  ]);
  await ledger.append(minus(4), [of(OTHER, told.held(4))]);
  await ledger.append(minus(243), [of(GRANT, told.expired(243))]);
}, 60_000);

const ago = (n: number): string =>
  new Date(Date.parse(minute(n)) - YEAR * 60_000).toISOString().replace('.000Z', 'Z');
const holders = (json: unknown) =>
  (json as { held: { subject: { login: string } }[] }).held.map((one) => one.subject.login);

describe('daypass grants', () => {
  test('now: access that was not seen gone', async () => {
    const { exit, out } = await ask(['grants'], env);
    expect(exit).toBe(0);
    expect(out).toHaveLength(2);
    expect(out[0]).toMatch(/^ENVIRONMENT +RESOURCE +ROLE +SUBJECT/);
    expect(out[1]).toMatch(
      /^development +orders-db +read-only \(select at use\) +bob \(102\).* active, end held /,
    );
  });

  test.each([
    [1, []],
    [2, ['alice']],
    [3, ['bob', 'alice']],
    [242, ['bob', 'alice']],
    [243, ['bob']],
  ])('at minute %s', async (n, logins) => {
    const { exit, json } = await ask(['grants', '--at', ago(n), '--json'], env);
    expect(exit).toBe(0);
    expect(holders(json())).toEqual(logins);
  });

  test('understands an offset', async () => {
    const local = ago(2).replace('T17:', 'T18:').replace('Z', '+01:00');
    expect(holders((await ask(['grants', '--at', local, '--json'], env)).json())).toEqual([
      'alice',
    ]);
  });

  test('says if nobody has access', async () => {
    const { out } = await ask(['grants', '--at', ago(-5)], env);
    expect(out.join('')).toContain('nobody has access through a grant at');
  });

  test.each([
    ['no offset', '2026-01-01T00:00:00', 'with its offset'],
    ['a date alone', '2026-01-01', 'with its offset'],
    ['the future', '9000-01-01T00:00:00Z', 'is in the future'],
  ])('invariant 11: %s is exit code 2, with the reason in words', async (_, when, says) => {
    const { exit, err } = await ask(['grants', '--at', when], env);
    expect(exit).toBe(2);
    expect(err.join('')).toContain(says);
  });

  test.each([
    ['when grants landed', `landed_at = landed_at + interval '10 years'`],
    ['when they ended', `ended_at = '2000-01-01T00:00:00Z'`],
    ['their state', `state = 'withdrawn'`],
    ['their record', `record = '{}'`],
    ['their ids', `id = id || 'x'`],
  ])('invariant 22: a change of %s hides nobody', async (_, change) => {
    await poolOf(urls.worker).query(`UPDATE daypass.grants SET ${change}`);
    const then = await ask(['grants', '--at', ago(242), '--json'], env);
    expect(holders(then.json())).toEqual(['bob', 'alice']);
    expect(holders((await ask(['grants', '--json'], env)).json())).toEqual(['bob']);
  });
});
