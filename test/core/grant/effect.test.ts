import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { changesOf } from '../../../src/core/change/change.js';
import {
  accessDigest,
  effectDigest,
  isDigestOf,
  less,
  type Effect,
} from '../../../src/core/grant/effect.js';
import { active, query } from '../../support/core/comparing.js';
import { PATH, file } from '../../support/core/grant-files.js';

const window = { starts_at: null, duration_seconds: 14_400, expires_at: null };
const effect: Effect = {
  path: PATH,
  environment: 'production',
  kind: 'extended',
  from: { grant: `${PATH}@c0ffee`, window },
  subject_id: 101,
  provider: 'postgres',
  target: 'orders',
  identity: 'alice_s',
  entitlement: { member_of: 'orders_reader' },
  role: 'read-only',
  risk: 'normal',
  native_expiry: 'none',
  window,
  scope: { actions: ['select'] },
  break_glass: false,
  reason: 'Slow order queries',
  ticket: 'INC-4821',
};

describe('invariant 5: an approval is bound to the effect digest', () => {
  test('the digest is SHA-256 over canonical JSON and never changes', () => {
    // Computed with Python's json.dumps(sort_keys=True, separators=(',', ':')) and hashlib.
    expect(effectDigest(effect)).toBe(
      'v2:63fee4cff2d25ebb0bf5654b0500d185f8a1fd93b5f782f02937622d903b637b',
    );
  });

  test('what was recorded under the first version, without words, is compared under it', () => {
    const first = '13b03808e4719a68b81b98986cef5c6827690278222eaddc1e9cb41b0f2e3ef4';
    const reworded = { ...effect, reason: 'Another', ticket: null };
    expect(accessDigest(effect)).toBe(first);
    expect(isDigestOf(effect, first)).toBe(true);
    expect(isDigestOf(reworded, first)).toBe(true);
    expect(isDigestOf(effect, effectDigest(effect))).toBe(true);
    expect(isDigestOf(reworded, effectDigest(effect))).toBe(false);
    expect(isDigestOf({ ...effect, risk: 'high' }, first)).toBe(false);
    expect(isDigestOf(effect, null)).toBe(false);
  });

  test.each<[keyof Effect, Partial<Effect>]>([
    ['path', { path: 'access-grants/production/b.yml' }],
    ['environment', { environment: 'development' }],
    ['kind', { kind: 'narrowed' }],
    ['from', { from: null }],
    ['from', { from: { grant: `${PATH}@decaf`, window } }],
    ['from', { from: { grant: `${PATH}@c0ffee`, window: { ...window, duration_seconds: 1 } } }],
    ['subject_id', { subject_id: 102 }],
    ['provider', { provider: 'github' }],
    ['target', { target: 'orders-2' }],
    ['identity', { identity: 'alice' }],
    ['entitlement', { entitlement: { member_of: 'orders_writer' } }],
    ['entitlement', { entitlement: { member_of: 'orders_reader', keep_sessions: true } }],
    ['role', { role: 'read-write' }],
    ['risk', { risk: 'high' }],
    ['native_expiry', { native_expiry: 'full' }],
    ['window', { window: { ...window, duration_seconds: 14_401 } }],
    ['window', { window: { ...window, starts_at: '2026-11-24T17:00:00.000Z' } }],
    ['scope', { scope: null }],
    ['scope', { scope: { actions: ['select', 'update'] } }],
    ['break_glass', { break_glass: true }],
    ['reason', { reason: 'Slow order  queries' }],
    ['ticket', { ticket: 'INC-4822' }],
    ['ticket', { ticket: null }],
  ])('every field changes the digest: %s', (_, changed) => {
    expect(effectDigest({ ...effect, ...changed })).not.toBe(effectDigest(effect));
  });

  test('the table above has every field', () => {
    expect(Object.keys(effect)).toHaveLength(17);
  });

  test('the order of keys does not change the digest', () => {
    const keys = Object.keys(effect) as (keyof Effect)[];
    fc.assert(
      fc.property(fc.shuffledSubarray(keys, { minLength: keys.length }), (order) => {
        const same = Object.fromEntries(
          order.map((key) => [key, effect[key]]),
        ) as unknown as Effect;
        expect(effectDigest(same)).toBe(effectDigest(effect));
      }),
    );
  });

  test('comments and the order of lines and actions do not change the effect', () => {
    const digest = (text: string) =>
      changesOf(query({ [PATH]: [null, null, text] }, [])).changes.map((change) => change.digest);
    const scope = (actions: string) =>
      file({ resource: 'strict-db', scope: `{ actions: [${actions}] }` });
    expect(digest(file())).toHaveLength(1);
    expect(digest(`# why\n${file({ reason: '"Slow order queries"' })}`)).toEqual(digest(file()));
    expect(digest(file({ reason: 'other' }))).not.toEqual(digest(file()));
    expect(digest(file({ ticket: 'INC-1' }))).not.toEqual(digest(file()));
    expect(digest(file().split('\n').reverse().join('\n'))).toEqual(digest(file()));
    expect(digest(file({ duration: 'PT4H', subject: 'ALICE' }))).toEqual(digest(file()));
    expect(digest(scope('a, b'))).toEqual(digest(scope('b, a')));
    expect(digest(file({ duration: '3h' }))).not.toEqual(digest(file()));
  });

  test('the digest contains the grant that a change is from', () => {
    const of = (live: Parameters<typeof query>[1]) =>
      changesOf(query({ [PATH]: ['x', 'x', file({ duration: '5h' })] }, live)).changes[0]?.digest;
    const other = { ...active(), id: `${PATH}@decaf` };
    expect(new Set([of([]), of([active()]), of([other])]).size).toBe(3);
  });
});

test('less access means withdrawn or narrowed', () => {
  expect(
    (['added', 'extended', 'narrowed', 'withdrawn'] as const).map((kind) => less({ kind })),
  ).toEqual([false, false, true, true]);
});
