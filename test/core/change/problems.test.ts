import { describe, expect, test } from '@jest/globals';
import { changesOf } from '../../../src/core/change/change.js';
import { accounts, active, comparison, does, policy, query } from '../../support/core/comparing.js';
import { PATH, file } from '../../support/core/grant-files.js';
import type { GrantRecord } from '../../../src/core/grant/record.js';
import { alice, entitled } from '../../../lab/acme/story.js';

describe('a file with several problems', () => {
  const path = 'access-grants/qa/a.yml';
  const told = (given: Record<string, string | null>, at = PATH, live = [] as GrantRecord[]) =>
    changesOf(query({ [at]: [null, null, file(given)] }, live)).problems.map(
      ({ line, code }) => `${line ?? '-'} ${code}`,
    );
  test.each<[string, Record<string, string | null>, string, readonly string[]]>([
    [
      'names each of them, in the order of its lines',
      { subject: 'nobody', resource: 'moon-db', duration: 'soon', ticket: '""' },
      path,
      [
        '- unknown_environment',
        '1 unknown_subject',
        '2 unknown_resource',
        '4 not_a_duration',
        '6 wrong_value',
      ],
    ],
    [
      'an unknown role, a scope that nobody enforces and an end in the past',
      {
        role: 'admin',
        duration: null,
        expires_at: '2020-01-01T00:00:00Z',
        scope: '{ actions: [a] }',
      },
      PATH,
      ['3 unknown_role', '5 end_in_past', '6 scope_not_enforced'],
    ],
    [
      'an unknown key beside an end in the past',
      { tiket: 'x', duration: null, expires_at: '2020-01-01T00:00:00Z' },
      PATH,
      ['5 unknown_key', '6 end_in_past'],
    ],
    [
      'nothing is reported that depends on a missing or wrong value',
      { resource: null, role: 'admin', duration: 'soon', starts_at: '2020-01-01T00:00:00Z' },
      path,
      ['- unknown_environment', '1 missing_key', '3 not_a_duration'],
    ],
    [
      'a role that cannot be read',
      { role: '"A b"', subject: 'nobody' },
      PATH,
      ['1 unknown_subject', '3 wrong_value'],
    ],
  ])('%s', (_, given, at, expected) => {
    expect(told(given, at)).toEqual(expected);
  });

  test('the window of a live grant, or of one that landed long ago, is not judged without its change', () => {
    const past = { role: 'admin', duration: null, expires_at: '2020-01-01T00:00:00Z' };
    expect(told(past)).toEqual(['3 unknown_role', '5 end_in_past']);
    expect(told(past, PATH, [active()])).toEqual(['3 unknown_role']);
    const landed = query({ [PATH]: [null, null, file(past)] }, [], { rewindowed: true });
    expect(changesOf(landed).problems.map(({ code }) => code)).toEqual(['unknown_role']);
  });
});

describe('why a file is not a change', () => {
  test.each<[string, Record<string, string | null>, string]>([
    [
      'an account that there is not',
      { subject: 'nobody' },
      'subject: GitHub has no account "nobody"',
    ],
    [
      'an account that nobody looked up',
      { subject: 'zoe' },
      'subject: Daypass has not looked up the account "zoe"',
    ],
    ['an app', { subject: 'helper-bot' }, 'subject: "helper-bot" is an account of type Bot'],
    [
      'a resource',
      { resource: 'constructor' },
      'resource: the catalog has no resource "constructor". Its resources: orders-db, strict-db.',
    ],
    ['a role', { role: 'admin' }, 'role: orders-db has no role "admin". Its roles: read-only'],
    ['a file that does not parse', { duration: '4x' }, 'duration: "4x"'],
  ])('invariant 3: %s is unknown', (_, after, message) => {
    expect(does(after, [])).toEqual([expect.stringContaining(message)]);
  });

  test.each<[string, Record<string, string | null>, readonly string[]]>([
    ['somebody unknown', { subject: 'nobody' }, ['withdrawn']],
    ['an unknown resource', { resource: 'moon-db' }, ['withdrawn']],
    ['an unknown role', { role: 'admin' }, ['withdrawn']],
    ['an identity of somebody else', { subject: 'frank' }, ['withdrawn']],
    ['a scope that nobody enforces', { scope: '{ actions: [a] }' }, []],
    ['nothing that can be read', { duration: '4x' }, []],
  ])('invariant 8: the file of a live grant now asks for %s', (_, after, ends) => {
    const used = [{ provider: 'postgres', identity: 'frank', subject_id: 55 }];
    const read = changesOf({ ...query({ [PATH]: [null, null, file(after)] }, [active()]), used });
    expect(read.changes.map(({ kind }) => kind)).toEqual(ends);
    expect(read.problems).toHaveLength(1);
  });

  test('invariant 7: an earlier end takes effect even if the identity is disputed by then', () => {
    const used = [{ provider: 'postgres', identity: 'alice_s', subject_id: 55 }];
    expect(does({ duration: '1h' }, [active()], { used })).toEqual(['narrowed']);
  });

  test('invariant 3: the settings have no such environment, or the resource is not offered there', () => {
    const of = (environment: string) => {
      const path = `access-grants/${environment}/a.yml`;
      return changesOf(query({ [path]: [null, null, file()] }, [])).problems.map((p) => p.message);
    };
    expect(of('no')).toEqual([expect.stringContaining('not offered in "no"')]);
    expect(of('qa')).toEqual([
      expect.stringContaining(
        'settings.yaml has no environment "qa", which is in the path. Its environments: no, production.',
      ),
    ]);
  });

  test('invariant 19: a scope that nothing would enforce', () => {
    expect(does({ scope: '{ actions: [a] }' }, [])).toEqual([
      'scope: postgres cannot enforce a scope, and no enforcement point guards the resource here. Remove it from the file.',
    ]);
    expect(does({ scope: '{ actions: [a] }', resource: 'strict-db' }, [])).toEqual(['added']);
  });

  test('invariant 6: an identity that belongs to another person', () => {
    const renamed = {
      ...accounts,
      alice: { ...alice, id: 999, type: 'User' as const, member: true },
    };
    expect(does({}, [], { accounts: renamed })).toEqual([
      expect.stringContaining('identities.yaml knows alice as the GitHub account 101'),
    ]);
    const used = {
      ...active(),
      subject: { id: 55, login: 'old-frank' },
      entitled: { ...entitled, slot: { ...entitled.slot, identity: 'frank' } },
    };
    const other = PATH.replace('alice', 'frank');
    const read = changesOf(query({ [other]: [null, null, file({ subject: 'frank' })] }, [used]));
    expect(read.problems).toEqual([
      {
        path: other,
        line: 1,
        code: 'identity_taken',
        key: 'subject',
        message: expect.stringContaining('"frank" at postgres is used by account 55'),
      },
    ]);
  });

  test('invariant 6: an identity stays with the first id that used it, even after its grants have ended', () => {
    const other = PATH.replace('alice', 'frank');
    const asks = (subject_id: number, provider = 'postgres') =>
      changesOf({
        ...query({ [other]: [null, null, file({ subject: 'frank' })] }, []),
        used: [{ provider, identity: 'frank', subject_id }],
      }).problems.map(({ message }) => message);
    expect(asks(55)).toEqual([expect.stringContaining('was first used by account 55')]);
    expect(asks(55, 'another-provider')).toEqual([]);
    expect(asks(accounts.frank?.id ?? 0)).toEqual([]);
  });

  test('invariant 7: an earlier end needs neither catalog nor account', () => {
    const gone = { accounts: {}, data: { ...policy, catalog: {} } };
    expect(does({ duration: '3h' }, [active()], gone)).toEqual(['narrowed']);
    expect(does({ duration: '5h' }, [active()], gone)).toHaveLength(2);
    expect(does({ duration: '3h', scope: '{ actions: [a] }' }, [active()], gone)).toHaveLength(2);
  });

  test('colliding names are reported on the files that the change brings', () => {
    const upper = PATH.replace('production', 'Production');
    const of = (files: Parameters<typeof comparison>[0], others: string[]) =>
      changesOf({ ...query({}, []), comparison: comparison(files, others) }).problems;
    expect(of({ [PATH]: [null, null, file()] }, [upper])).toEqual([
      {
        ...{ path: PATH, line: null, code: 'name_collision' },
        message: expect.stringContaining(upper),
      },
    ]);
    expect(of({}, [upper, PATH])).toEqual([]);
  });

  test('the schema and the README beside the grants are not grants', () => {
    const files = ['schema.json', 'README.md'].map((name) => `access-grants/${name}`);
    const read = changesOf(
      query(Object.fromEntries(files.map((path) => [path, [null, null, '{}']])), []),
    );
    expect(read).toEqual({ changes: [], problems: [] });
  });
});
