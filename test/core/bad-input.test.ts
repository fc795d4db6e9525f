import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { changesOf } from '../../src/core/change/change.js';
import { accounts, comparison, does, policy, query } from '../support/core/comparing.js';
import { PATH, bytes, file } from '../support/core/grant-files.js';
import { alice } from '../../lab/acme/story.js';

/** The result for a grant file of these bytes and this mode: kinds of change, or `line: message`. */
function told(content: Uint8Array | null, mode = '100644'): string[] {
  const plain = comparison({ [PATH]: [null, null, ''] });
  const grants = plain.grants.map((one) => ({ ...one, after: { mode, oid: 'new', content } }));
  const read = changesOf({ ...query({}, []), comparison: { ...plain, grants } });
  const problems = read.problems.map(({ line, message }) => `${line ?? '-'}: ${message}`);
  return [...read.changes.map(({ kind }) => kind), ...problems];
}
const text = (content: string) => told(bytes(content));
const keys = (changes: Readonly<Record<string, string | null>>) => text(file(changes));
const duration = (written: string) => keys({ duration: written });
const end = (written: string) => keys({ duration: null, expires_at: written });

/** Files that must never land unnoticed: each has one clear answer, with its line if it has one. */
describe('bad input in a grant file', () => {
  test.each<[string, string[], string]>([
    ['not YAML', text('subject: "alice\n'), '1: "subject: \\"alice" is not YAML'],
    [
      'a line too far in',
      text('resource: orders\n subject: alice\n'),
      '1: "resource: orders" is not YAML: Nested mappings are not allowed in compact mappings. Is this line, or the one below,',
    ],
    [
      'an escape that is none, with the end of a line in it',
      keys({ reason: '"\\x\n  s"' }),
      '5: "reason: \\"\\\\x" is not YAML: Invalid escape sequence \\x',
    ],
    ['an alias', keys({ reason: '*a' }), '5: an alias is not allowed: "*a"'],
    ['a duplicate key', text(`${file()}role: admin\n`), '6: the key "role" is here twice'],
    ['an unknown key', keys({ durration: '4h' }), '6: the key "durration" is not allowed. Use'],
    ['a tab', keys({ reason: 'a\tb' }), '5: a tab is not allowed'],
    ['a BOM', text(`\ufeff${file()}`), '1: the file begins with a byte order mark'],
    ['CRLF, which is fine', text(file().replaceAll('\n', '\r\n')), 'added'],
    ['a null byte', keys({ reason: 'a\0b' }), '5: the character U+0000 is not allowed'],
    ['5 MB, which is never fetched', told(null), '-: the file is too large. At most 16384'],
    ['more than 16 KiB', text(file() + '#'.repeat(16_384)), '-: the file is too large (16'],
    ['a symlink', told(bytes('../../etc/passwd'), '120000'), '-: this is a symbolic link'],
    ['a submodule', told(null, '160000'), '-: this is a submodule'],
    ['an impossible date', end('2026-02-30T00:00:00Z'), '5: expires_at: "2026-02-30T'],
    [
      'no offset',
      end('2026-11-24T21:00:00'),
      '5: expires_at: "2026-11-24T21:00:00" is not a timestamp',
    ],
    ['a date alone', end('2026-11-24'), '5: expires_at: "2026-11-24" is not a timestamp'],
    [
      'both duration and expires_at',
      keys({ expires_at: '2026-11-24T21:00:00Z' }),
      '6: expires_at: the file also has duration',
    ],
    ['neither of them', keys({ duration: null }), '1: duration: is missing'],
    ['a duration of 0', duration('0h'), '4: duration: "0h"'],
    ['a negative one', duration('-4h'), '4: duration: "-4h"'],
    ['P1M', duration('P1M'), '4: duration: "P1M"'],
    ['08:00', duration('08:00'), '4: duration: "08:00"'],
    ['1e9d', duration('1e9d'), '4: duration: "1e9d"'],
    [
      '"yes" as a subject, which is a login',
      keys({ subject: 'yes' }),
      '1: subject: Daypass has not looked up the account "yes"',
    ],
    [
      '12345 as a subject',
      keys({ subject: '12345' }),
      '1: subject: Daypass has not looked up the account "12345"',
    ],
    [
      'an unknown resource',
      keys({ resource: 'moon-db' }),
      '2: resource: the catalog has no resource "moon-db"',
    ],
    ['an unknown role', keys({ role: 'admin' }), '3: role: orders-db has no role "admin"'],
    [
      'an unknown subject',
      keys({ subject: 'nobody' }),
      '1: subject: GitHub has no account "nobody"',
    ],
  ])('%s', (_, found, start) => {
    expect(found.map((one) => one.slice(0, start.length))).toEqual([start]);
  });

  test('an unknown environment', () => {
    const path = 'access-grants/moon/a.yml';
    const { problems } = changesOf(query({ [path]: [null, null, file()] }, []));
    expect(problems.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(
        /^environment: settings\.yaml has no environment "moon", which is in the path/,
      ),
    );
  });

  test('the policy is told that the subject is outside the organisation', () => {
    const stranger = {
      ...accounts,
      frank: { ...alice, id: 106, type: 'User' as const, member: false },
    };
    const { changes } = changesOf(
      query({ [PATH]: [null, null, file({ subject: 'frank' })] }, [], { accounts: stranger }),
    );
    expect(changes.map(({ to }) => to?.subject.member)).toEqual([false]);
  });

  test('an identity that belongs to somebody else', () => {
    const { frank } = policy.identities.people;
    expect(frank).toBeUndefined();
    const used = [{ provider: 'postgres', identity: 'frank', subject_id: 55 }];
    expect(does({ subject: 'frank' }, [], { used })).toEqual([
      expect.stringContaining('"frank" at postgres was first used by account 55'),
    ]);
  });
});

/** Cases that need more than the core are covered elsewhere, by tests with these titles. */
describe('bad input from outside', () => {
  const root = new URL('../../', import.meta.url);
  test.each<[string, string, string]>([
    ['a forged webhook', 'test/http/webhooks.test.ts', 'signed with another secret'],
    [
      'a replayed one',
      'test/adapters/postgres/work/deliveries.test.ts',
      'a delivery that comes again adds no row',
    ],
    [
      'a huge one',
      'test/http/webhooks.test.ts',
      'a body that announces too large a size is refused',
    ],
    ['a huge one that lies', 'test/http/webhooks.test.ts', 'an unsigned body that grows past'],
    ['a malformed one', 'test/http/webhooks.test.ts', 'signed text that is not JSON'],
    [
      'an event of another repository or installation',
      'test/e2e/bad-input.test.ts',
      'an event of another repository or installation changes nothing',
    ],
    [
      'a subject outside the organisation, by the starter',
      'test/policies/development-non-member.json',
      'Only members of the organisation can get access',
    ],
    [
      'a policy that does not compile',
      'test/adapters/opa/compile.opa.test.ts',
      'a file that is not Rego',
    ],
    [
      'a policy that loops',
      'test/adapters/opa/compile.opa.test.ts',
      'a policy that loops for ever',
    ],
    [
      'an answer in the wrong shape',
      'test/adapters/opa/answer.test.ts',
      'an answer of the wrong shape',
    ],
    [
      'a team that does not exist',
      'test/core/decision/decision.test.ts',
      'which GitHub does not know',
    ],
    ['a team of too few people', 'test/core/decision/decision.test.ts', 'too few of a team'],
    [
      'GitHub answering 404, 409, 422, 5xx and Retry-After in the middle',
      'test/e2e/bad-input.test.ts',
      'GitHub answers 404, 409, 422, 500, 502 and 429 in the middle',
    ],
    [
      'the database down',
      'test/e2e/kill/ledger.ts',
      'and is down when an end is due and GitHub sends',
    ],
    ['the queue down', 'test/e2e/queue.redis.test.ts', 'the queue is emptied and goes down'],
    ['a worker killed at any point', 'test/e2e/kill/activating.ts', 'test.each(rows)'],
  ])('%s', (_, path, title) => {
    expect(existsSync(new URL(path, root))).toBe(true);
    const line = readFileSync(new URL(path, root), 'utf8')
      .split('\n')
      .filter((one) => one.includes(title));
    expect(line).not.toEqual([]);
    expect(line.join()).not.toMatch(/\b(skip|todo|failing)\b/);
  });
});
