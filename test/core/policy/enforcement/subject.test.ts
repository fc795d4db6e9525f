import { describe, expect, test } from '@jest/globals';
import { subjectFinder, subjectSpeller } from '../../../../src/core/policy/enforcement/subject.js';
import type { SubjectSource } from '../../../../src/core/policy/enforcement/point.js';

const identities = {
  patterns: { postgres: 'gh_{login}', host: 'u{id}', ldap: '{id}@acme' },
  people: {
    alice: { github_id: 101, at: { postgres: 'alice_s', host: 'u7' } },
    bob: { github_id: 102, at: {} },
  },
};

const postgres: SubjectSource = { from: 'identity', provider: 'postgres' };
const host: SubjectSource = { from: 'identity', provider: 'host' };
const claim: SubjectSource = { from: 'claim', claim: 'actor_id' };

describe('invariant 6: whom an enforcement point names is a number', () => {
  test.each<[SubjectSource, unknown, number | undefined]>([
    [{ from: 'person' }, 'alice', 101],
    [{ from: 'person' }, 'ALICE', 101],
    [{ from: 'person' }, 'carol', undefined],
    [{ from: 'person' }, 'constructor', undefined],
    [{ from: 'person' }, '__proto__', undefined],
    [{ from: 'person' }, 'alice ', undefined],
    [{ from: 'person' }, 101, undefined],
    [{ from: 'person' }, null, undefined],
    [{ from: 'github_id' }, '999', 999],
    [{ from: 'github_id' }, 999, 999],
    [{ from: 'github_id' }, 'alice', undefined],
    [{ from: 'github_id' }, '0999', undefined],
    [{ from: 'github_id' }, '0', undefined],
    [{ from: 'github_id' }, '-1', undefined],
    [{ from: 'github_id' }, '1e3', undefined],
    [{ from: 'github_id' }, '٣', undefined],
    [{ from: 'github_id' }, '9007199254740993', undefined],
    [{ from: 'github_id' }, 1.5, undefined],
    [{ from: 'github_id' }, ['999'], undefined],
    [claim, '101', 101],
    [claim, 'alice', undefined],
    [postgres, 'alice_s', 101],
    [postgres, 'gh_bob', 102],
    // A pattern alone would be a login, which changes hands.
    [postgres, 'gh_alice', undefined],
    [postgres, 'gh_carol', undefined],
    [postgres, 'ALICE_S', undefined],
    // By number a pattern says who it is.
    [host, 'u7', 101],
    [host, 'u102', 102],
    [host, 'u999', 999],
    [host, 'u101', undefined],
    [host, 'u', undefined],
    [host, 'u0999', undefined],
    [{ from: 'identity', provider: 'ldap' }, '5@acme', 5],
    [{ from: 'identity', provider: 'ldap' }, '5@acme@acme', undefined],
    [{ from: 'identity', provider: 'nowhere' }, 'alice', undefined],
  ])('%j: %j → %j', (subject, named, id) => {
    expect(subjectFinder({ subject }, identities)(named)).toBe(id);
  });

  test('letters of other scripts are not those of a login', () => {
    const people = { kate: { github_id: 103, at: {} } };
    const find = subjectFinder({ subject: { from: 'person' } }, { patterns: {}, people });
    expect(find('KATE')).toBe(103);
    expect(find('\u212aate')).toBeUndefined();
  });
});

describe('a person is called what the point finds them by', () => {
  const ldap: SubjectSource = { from: 'identity', provider: 'ldap' };
  test.each<[SubjectSource, number, string | undefined]>([
    [{ from: 'person' }, 101, 'alice'],
    [{ from: 'person' }, 999, undefined],
    [{ from: 'github_id' }, 999, '999'],
    [claim, 101, '101'],
    [postgres, 101, 'alice_s'],
    [postgres, 102, 'gh_bob'],
    [postgres, 999, undefined],
    [host, 101, 'u7'],
    [host, 102, 'u102'],
    [host, 999, 'u999'],
    [ldap, 101, '101@acme'],
    [{ from: 'identity', provider: 'other' }, 101, undefined],
  ])('%j: %d is %j', (subject, id, name) => {
    expect(subjectSpeller({ subject }, identities)(id)).toBe(name);
    if (name !== undefined) expect(subjectFinder({ subject }, identities)(name)).toBe(id);
  });
});
