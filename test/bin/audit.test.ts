import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createPolicy } from '../../src/adapters/opa/policy.js';
import { readTree } from '../../src/adapters/opa/read-tree.js';
import { parsePolicyData } from '../../src/core/policy/data.js';
import { policyTreeId } from '../../src/core/policy/tree-id.js';
import type { Bodies, NewEntry } from '../../src/core/ledger/events.js';
import { providers } from '../../src/providers/list.js';
import type { PolicyTree } from '../../src/ports.js';
import { createLedger } from '../../src/adapters/postgres/ledger/ledger.js';
import { asSuperuser, ledgerDatabase, poolOf } from '../adapters/postgres/released.js';
import type { Urls } from '../adapters/postgres/released.js';
import { at, entry, landed, of, source, started } from '../adapters/postgres/entries.js';
import { GRANT, landing, PATH, told } from '../../lab/acme/story.js';
import { ask } from './asking.js';

let urls: Urls;
let env: Record<string, string>;

const home = mkdtempSync(join(tmpdir(), 'daypass-audit-'));
afterAll(() => rmSync(home, { recursive: true }));

/** The starter's policy, and the entry by which it came into force. */
let tree: PolicyTree;
let inForce: NewEntry;

beforeAll(async () => {
  const files = await readTree('policies');
  tree = { files, executable: [], id: policyTreeId({ id: '', files }) };
  const parseData = (all: Readonly<Record<string, string>>) => parsePolicyData(all, providers);
  const policy = createPolicy({ parseData, folder: home, opa: null });
  const loaded = await policy.load(tree);
  await policy.close();
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  inForce = entry('ledger.started', { source, step: 'decaf', policy: loaded.policy.digests });
  urls = await ledgerDatabase();
  // The auditor's role is enough for everything here.
  env = { AUDIT_DATABASE_URL: urls.audit, DAYPASS_HOME: home };
  const ledger = createLedger(poolOf(urls.owner));
  const path = 'access-grants/production/bob.yml';
  const other = `${path}@bead`;
  await ledger.append(at(0), [inForce], { archive: tree });
  await ledger.append(at(1), [landed('c0ffee', 7), of(GRANT, told.approved())]);
  await ledger.append(at(2), [of(GRANT, told.activating()), of(GRANT, told.activated())]);
  await ledger.append(at(3), [
    {
      kind: 'grant.quarantined',
      grant: other,
      pull_request: 8,
      body: { ...landing, declared: { ...landing.declared, path }, why: ['not approved'] },
    },
  ]);
  await ledger.append(at(240), [of(GRANT, told.expired(240))]);
}, 60_000);

describe('audit log', () => {
  test('everything, oldest first, each entry with its grant', async () => {
    const { exit, out } = await ask(['audit', 'log'], env);
    expect(exit).toBe(0);
    expect(out.map((line) => line.slice(0, 26))).toEqual([
      '2026-11-24 17:00:00      1',
      '2026-11-24 17:01:00      2',
      '2026-11-24 17:01:00      3',
      '2026-11-24 17:02:00      4',
      '2026-11-24 17:02:00      5',
      '2026-11-24 17:03:00      6',
      '2026-11-24 21:00:00      7',
    ]);
    expect(out[2]).toContain(`${GRANT}: approved by pull request #7`);
  });

  test.each([PATH, GRANT])('one grant, with its step, by %s', async (which) => {
    const { exit, out } = await ask(['audit', 'log', which], env);
    expect(exit).toBe(0);
    expect(out.map((line) => Number(line.slice(19, 26)))).toEqual([2, 3, 4, 5, 7]);
    expect(out.at(-1)).toContain('expired, seen gone');
  });

  test('as JSON, one entry a line with everything that was hashed', async () => {
    const { out } = await ask(['audit', 'log', GRANT, '--json'], env);
    const [, second] = out.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(second).toMatchObject({ seq: 3, kind: 'grant.approved', grant: GRANT, pull_request: 7 });
    expect(second).toHaveProperty('hash');
    expect(second).toHaveProperty('told', expect.stringContaining('approved'));
  });

  test('colours only where they are shown', async () => {
    const plain = await ask(['audit', 'log'], env);
    expect(plain.out.join('')).not.toContain('\u001b');
    const coloured = await ask(['audit', 'log'], env, { colours: true });
    expect(coloured.out[0]).toContain('\u001b[2m2026-11-24 17:00:00\u001b[22m');
  });

  test('an unknown grant is exit code 1', async () => {
    const { exit, out, err } = await ask(['audit', 'log', 'access-grants/x/y.yml\u001b[2J'], env);
    expect(exit).toBe(1);
    expect(out).toEqual([]);
    expect(err).toEqual([
      'the ledger has no grant access-grants/x/y.yml‹U+001B›[2J: give the path of its file, for example access-grants/production/alice.yml',
    ]);
  });
});

test('invariant 22: the log of a grant does not start from a table that the worker may change', async () => {
  const changed = await ledgerDatabase();
  const ledger = createLedger(poolOf(changed.owner));
  await ledger.append(at(0), [of(GRANT, told.approved()), of(GRANT, told.lapsed(1))]);
  await poolOf(changed.worker).query(`UPDATE daypass.grants SET id = 'x', path = 'y'`);
  for (const which of [PATH, GRANT]) {
    const { exit, out } = await ask(['audit', 'log', which], { DATABASE_URL: changed.worker });
    expect([exit, out.length]).toEqual([0, 2]);
  }
});

describe('invariant 22: audit verify', () => {
  test('says that the ledger is intact, with the head to keep, and what it cannot know', async () => {
    const { exit, out } = await ask(['audit', 'verify'], env);
    expect(exit).toBe(0);
    expect(out[0]).toMatch(
      /^the ledger is intact: 7 entries, 2 grants, the head is 7:[0-9a-f]{64}$/,
    );
    expect(out.slice(1)).toEqual([expect.stringMatching(/^not known: whether the newest entries/)]);
  });

  test('in JSON, which --head accepts again, it says the same', async () => {
    const { exit, out, json } = await ask(['audit', 'verify', '--json'], env);
    expect(json()).toMatchObject({ ok: true, grants: 2, policies: 1, heads: 0 });
    expect(json()).toHaveProperty('untold', [expect.stringContaining('--head')]);
    const again = await ask(['audit', 'verify', '--head', out.join('')], env);
    expect([exit, again.exit]).toEqual([0, 0]);
    expect(again.out.slice(1)).toEqual(['it contains the head kept elsewhere']);
  });

  describe('a head that was kept elsewhere', () => {
    const hashes: string[] = [];
    beforeEach(async () => {
      const { out } = await ask(['audit', 'log', '--json'], env);
      const all = out.map((line) => (JSON.parse(line) as { hash: string }).hash);
      hashes.splice(0, hashes.length, ...all);
    });
    const verified = (...heads: string[]) => ask(['audit', 'verify', '--head', ...heads], env);
    const other = 'ab'.repeat(32);

    test.each([
      ['is the newest', () => `7:${hashes[6]}`, 0, 'it contains the head kept elsewhere'],
      [
        'is an older one',
        () => `3:${hashes[2]}`,
        0,
        'not known: whether the entries after entry 3',
      ],
      ['is a summary of a check', () => `Ledger: entry 7, \`${hashes[6]}\``, 0, 'it contains'],
      ['is a hash alone', () => `${hashes[4]}`, 0, 'not known: which of the entries came after'],
      ['is of another chain', () => `7:${other}`, 1, 'entry 7 is not the one that was kept'],
      ['was cut off', () => `8:${other}`, 1, 'entry 8 was kept, but the chain ends at entry 7'],
      ['is nowhere', () => other, 1, `no entry has the hash ${other}`],
    ])('%s', async (_, head, exit, says) => {
      const found = await verified(head());
      expect(found.exit).toBe(exit);
      expect(found.out.join('\n')).toContain(says);
    });

    test('several heads, in files and on the command line', async () => {
      const file = join(home, 'heads.txt');
      writeFileSync(file, `{"head":"${hashes[1]}","msg":"step landed"}\n7:${hashes[6]}\n`);
      const good = await verified(file, `2:${hashes[1]}`);
      expect([good.exit, good.out[1]]).toEqual([0, 'it contains all 3 heads kept elsewhere']);
      expect((await verified(file, `2:${other}`)).exit).toBe(1);
    });

    test.each([
      ['neither a head nor a file', 'no-such-file', /neither a head nor a file/],
      ['a folder', tmpdir(), /neither a head nor a file/],
      ['a file without a head', 'package.json', /contains no head/],
    ])('%s is an error', async (_, head, says) => {
      const { exit, err } = await ask(['audit', 'verify', '--head', head], env, {
        cwd: process.cwd(),
      });
      expect(exit).toBe(2);
      expect(err.join('')).toMatch(says);
    });
  });

  test.each([
    ['a file of it', { 'settings.yaml': (text: string) => text.replace('8h', '80h') }],
    ['a rule', { 'access/request.rego': (text: string) => `${text}\n# …\n` }],
    ['a test of a rule', { 'access/lib/hours_test.rego': () => '' }],
  ])('names a policy tree whose archive was changed in %s', async (_, change) => {
    const broken = await ledgerDatabase();
    await createLedger(poolOf(broken.owner)).append(at(0), [inForce], { archive: tree });
    const files = Object.fromEntries(
      Object.entries(tree.files).map(([path, text]) => {
        const changed = Object.entries(change).find(([at]) => at === path)?.[1];
        return [path, changed ? changed(text) : text];
      }),
    );
    const text = JSON.stringify(files).replaceAll("'", "''");
    await asSuperuser(
      broken.superuser,
      `ALTER TABLE daypass.policy_trees DISABLE TRIGGER append_only;
       UPDATE daypass.policy_trees SET files = '${text}'`,
    );
    const to = { ...env, AUDIT_DATABASE_URL: broken.audit };
    const found = (await ask(['audit', 'verify', '--json'], to)).json();
    expect(found).toMatchObject({ ok: false, what: 'policy_tree', seq: 1, id: tree.id });
    expect(found).toHaveProperty('why', expect.stringContaining('its files give the tree'));
  });

  /** A ledger whose first entry records the policy with other digests and whose second is ours; then its archive was changed. */
  const archived = async (digests: object, row: string) => {
    const to = await ledgerDatabase();
    const { policy, ...rest } = inForce.body as Bodies['ledger.started'];
    const first = { ...policy, ...digests };
    const started = entry('ledger.started', { ...rest, policy: first });
    const again = entry('policy.in_force', { policy, from: tree.id, digest: 'd' });
    await createLedger(poolOf(to.owner)).append(at(0), [started, again], { archive: tree });
    await asSuperuser(
      to.superuser,
      `ALTER TABLE daypass.policy_trees DISABLE TRIGGER append_only;
       UPDATE daypass.policy_trees SET ${row}`,
    );
    return { ...env, AUDIT_DATABASE_URL: to.audit };
  };
  // What an older version recorded had no reader, and its archive no modes.
  const OLD = { reader: undefined };

  test.each([
    [
      'of this version without its modes',
      {},
      'executable = NULL',
      'not intact: the policy tree .* the archive no longer says which of its files are executable',
      1,
    ],
    [
      'of this version, emptied',
      {},
      "executable = NULL, files = '{}'",
      'not intact: the policy tree .* the archive no longer says which of its files are executable',
      1,
    ],
    [
      'of an older version, emptied',
      OLD,
      "executable = NULL, files = '{}'",
      'could not tell whether the ledger is intact: the policy tree .* was not checked: its files give the tree \\w+ unless some are executable, and it does not load',
      2,
    ],
    ['of an older version, as it was', OLD, 'executable = NULL', 'the ledger is intact', 0],
  ])('does not call a policy tree intact that it could not check: %s', async (...given) => {
    const [, digests, row, says, exit] = given;
    const to = await archived(digests, row);
    const found = await ask(['audit', 'verify'], to);
    expect([found.exit, found.out[0]]).toEqual([exit, expect.stringMatching(says)]);
    const json = (await ask(['audit', 'verify', '--json'], to)).json();
    expect(json).toHaveProperty('ok', exit === 2 ? null : exit === 0);
  });

  test('names a policy tree that is missing from the archive', async () => {
    const broken = await ledgerDatabase();
    await createLedger(poolOf(broken.owner)).append(at(0), [inForce]);
    const to = { ...env, AUDIT_DATABASE_URL: broken.audit };
    const { exit, out } = await ask(['audit', 'verify'], to);
    expect(exit).toBe(1);
    expect(out.join('')).toContain('it is not in the archive');
  });

  test.each([
    ['another wasm', { wasm: 'w' }, 1, 'its compiled rules have the digest'],
    ['other data', { data: 'd' }, 1, 'its data has the digest'],
    ['another compiler', { wasm: 'w', compiler: 'opa 0' }, 0, 'not known: the policy tree'],
    ['another reader', { data: 'd', reader: 0 }, 0, 'and not compared'],
  ])('compares the recorded digests of a tree: %s', async (_, change, exit, says) => {
    const to = await ledgerDatabase();
    const { policy, ...rest } = inForce.body as Bodies['ledger.started'];
    const other = entry('ledger.started', { ...rest, policy: { ...policy, ...change } });
    await createLedger(poolOf(to.owner)).append(at(0), [other], { archive: tree });
    const found = await ask(['audit', 'verify'], { ...env, AUDIT_DATABASE_URL: to.audit });
    expect(found.exit).toBe(exit);
    expect(found.out.join('\n')).toContain(says);
  });

  test('names the first entry that is wrong', async () => {
    const broken = await ledgerDatabase();
    const ledger = createLedger(poolOf(broken.owner));
    await ledger.append(at(0), [started('a'), landed('b'), landed('c')]);
    await asSuperuser(
      broken.superuser,
      `ALTER TABLE daypass.entries DISABLE TRIGGER append_only;
       UPDATE daypass.entries SET body = replace(body, '"b"', '"x"') WHERE seq = 2`,
    );
    const env = { DATABASE_URL: broken.worker };
    const { exit, out } = await ask(['audit', 'verify'], env);
    expect(exit).toBe(1);
    expect(out.join('')).toContain('the ledger is not intact: entry 2 was altered');
    const told = await ask(['audit', 'verify', '--json'], env);
    expect(told.json()).toMatchObject({ ok: false, seq: 2 });
  });
});

describe('an answer that is not known has exit code 2, and says what to do', () => {
  const closed = 'postgresql://worker:very-secret@127.0.0.1:1/daypass';

  test.each([
    ['no environment', ['audit', 'verify'], {}, 'DATABASE_URL is missing'],
    ['not a URL', ['audit', 'log'], { DATABASE_URL: 'very-secret' }, 'DATABASE_URL must be a URL'],
    [
      'nobody there',
      ['audit', 'verify'],
      { DATABASE_URL: closed },
      'is the server that the URL names running',
    ],
    ['an unknown option', ['audit', 'log', '--yaml'], {}, "unknown option '--yaml'"],
    ['an unknown command', ['reconcile'], {}, "unknown command 'reconcile'"],
    ['an unknown command, with what to do', ['who'], {}, 'See `daypass help`'],
    // A mistake in the arguments is told before one of the environment.
    ['no moment', ['grants', '--at', 'yesterday'], {}, '--at: "yesterday" is not'],
    ['no head', ['audit', 'verify', '--head', 'foo'], {}, '--head foo is neither a head'],
    ['no tree', ['trust', 'zzz'], {}, '"zzz" is not a tree id. Use what'],
    ['an empty tree', ['trust', ''], {}, '"" is not a tree id. Use what'],
    ['no facts', ['check', '--facts', 'none.yaml'], {}, 'cannot read the file given with --facts'],
  ])('%s', async (_, args, env, says) => {
    const { exit, err } = await ask(args, env);
    expect(exit).toBe(2);
    expect(err.join('\n')).toContain(says);
    expect(err.join('\n')).not.toContain('very-secret');
  });

  test('a database without a ledger', async () => {
    const url = new URL(urls.superuser);
    url.pathname = '/postgres';
    url.password ||= 'x';
    const { exit, err } = await ask(['audit', 'log'], { DATABASE_URL: url.href });
    expect(exit).toBe(2);
    expect(err.join('\n')).toContain('run the process `release` first');
  });
});
