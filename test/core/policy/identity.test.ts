import { describe, expect, test } from '@jest/globals';
import { identityOf } from '../../../src/core/policy/identity.js';
import { data } from '../../support/core/policy-files.js';

describe('who a person is at a provider', () => {
  test.each<[string, string, number, object]>([
    ['listed, whatever the case', 'ALICE', 101, { ok: true, identity: 'alice_s' }],
    ['renamed on GitHub', 'alicia', 101, { ok: true, identity: 'alice_s' }],
    ['listed without one there', 'bob', 102, { ok: true, identity: 'bob' }],
    ['by the pattern, in lower case', 'Frank', 106, { ok: true, identity: 'frank' }],
  ])('invariant 6: %s', (_, login, id, found) => {
    expect(identityOf(data().identities, { type: 'postgres' }, login, id)).toEqual(found);
  });

  test.each<[string, string, number]>([
    ['listed', 'alice', 101],
    ['renamed', 'alicia', 101],
    ['not listed', 'frank', 106],
  ])('invariant 6: a pattern of ids gives somebody who is %s the id', (_, login, id) => {
    const identities = { ...data().identities, patterns: { github: '{id}' } };
    expect(identityOf(identities, { type: 'github' }, login, id)).toEqual({
      ok: true,
      identity: String(id),
    });
  });

  test.each<[string, string, string, number, string, string]>([
    [
      'a login that is listed with another id',
      'postgres',
      'alice',
      999,
      'identity_taken',
      'GitHub account 101',
    ],
    [
      'a pattern that gives what is another person’s',
      'postgres',
      'alice_s',
      106,
      'identity_taken',
      "is alice's",
    ],
    [
      'no identity at that provider',
      'github',
      'frank',
      106,
      'no_identity',
      'no identity for frank at github',
    ],
    [
      'a login that every object has',
      'constructor',
      'constructor',
      106,
      'no_identity',
      'no identity',
    ],
  ])('invariant 6: %s is refused', (_, provider, login, id, code, why) => {
    const found = identityOf(data().identities, { type: provider }, login, id);
    expect(found).toEqual({ ok: false, code, why: expect.stringContaining(why) });
  });
});
