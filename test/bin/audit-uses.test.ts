import { beforeAll, describe, expect, test } from '@jest/globals';
import { createUseLog } from '../../src/adapters/postgres/use/uses.js';
import { readAskedUses } from '../../src/bin/commands/audit-uses.js';
import type { UseRow } from '../../src/core/use/use-row.js';
import { ledgerDatabase, poolOf } from '../adapters/postgres/released.js';
import { ask } from './asking.js';

const now = new Date('2026-11-24T17:00:00Z');

describe('which uses are asked for', () => {
  test.each([
    [
      { denied: true, subject: 'alice', since: '1d' },
      { denied: true, subject: 'alice', since: new Date('2026-11-23T17:00:00Z') },
    ],
    [
      { uses: true, until: '2026-11-24T12:00:00+01:00', limit: '5' },
      { denied: false, until: new Date('2026-11-24T11:00:00Z'), limit: 5 },
    ],
  ] as const)('%j', (flags, asked) => {
    expect(readAskedUses(flags, null, now)).toMatchObject(asked);
  });

  test.each([
    [{}, null],
    [{ since: '1d' }, /^--since is about uses: add --uses or --denied/],
    [
      { denied: true, since: 'yesterday' },
      /^--since: "yesterday" is not a duration.* Or a moment: /,
    ],
    [{ denied: true, limit: '0' }, /^--limit 0 is not a number from 1 to 10000/],
    [{ denied: true, limit: '10001' }, /^--limit 10001 is not/],
  ] as const)('%j: %s', (flags, says) => {
    const read = readAskedUses(flags, null, now);
    if (says === null) expect(read).toBeNull();
    else expect(read).toEqual({ why: expect.stringMatching(says) });
  });

  test('a grant is not asked for in the same breath', () => {
    expect(readAskedUses({ denied: true }, 'access-grants/ci/a.yml', now)).toHaveProperty('why');
  });
});

describe('daypass audit log --denied', () => {
  let env: Record<string, string>;
  beforeAll(async () => {
    const urls = await ledgerDatabase();
    // The auditor's role is enough.
    env = { AUDIT_DATABASE_URL: urls.audit };
    const row: UseRow = {
      ...{ at: new Date(Date.now() - 60_000).toISOString(), evaluation: 'e1', point: 'orders-api' },
      ...{ subject_id: 101, subject: 'alice', resource: 'orders-api', environment: 'production' },
      ...{ action: 'delete', allowed: false, code: 'no_grant', grant: null, policy: 't1' },
      break_glass: false,
      message: 'alice has no grant on orders-api in production.',
    };
    await createUseLog(poolOf(urls.pdp)).write(
      [row, { ...row, allowed: true, code: 'allowed_by_grant', evaluation: 'e2' }],
      { allowed: 0, denied: 0 },
    );
  });
  const asks = (...words: string[]) => ask(['audit', 'log', ...words], env);

  test('reads like sentences', async () => {
    const { exit, out } = await asks('--denied', '--subject', 'alice', '--since', '1d');
    expect(out).toEqual([
      expect.stringMatching(
        /^\d{4}-\d\d-\d\d \d\d:\d\d UTC: alice was denied delete on orders-api in production, asked by orders-api: alice has no grant on orders-api in production\. \(no_grant\)$/,
      ),
    ]);
    expect(exit).toBe(0);
  });

  test('--uses lists what was allowed too, --json a line each; what is not there is said', async () => {
    const { out } = await asks('--uses', '--json');
    expect(out.map((line) => (JSON.parse(line) as UseRow).evaluation)).toEqual(['e1', 'e2']);
    expect((await asks('--denied', '--subject', 'bob')).out).toEqual(['no such use was logged']);
    expect((await asks('--uses', '--limit', '1')).err.join()).toMatch(
      /only the newest 1 are listed/,
    );
    expect((await asks('--since', '1d')).exit).toBe(2);
  });
});
