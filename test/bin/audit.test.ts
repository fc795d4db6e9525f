import { beforeAll, describe, expect, test } from '@jest/globals';
import { createLedger } from '../../src/adapters/postgres/ledger/ledger.js';
import { asSuperuser, ledgerDatabase, poolOf } from '../adapters/postgres/released.js';
import type { Urls } from '../adapters/postgres/released.js';
import { at, landed, of, started } from '../adapters/postgres/entries.js';
import { GRANT, landing, PATH, told } from '../../lab/acme/story.js';
import { ask } from './asking.js';

let urls: Urls;
let env: Record<string, string>;

beforeAll(async () => {
  urls = await ledgerDatabase();
  env = { DATABASE_URL: urls.worker };
  const ledger = createLedger(poolOf(urls.owner));
  const path = 'access-grants/production/bob.yml';
  const other = `${path}@bead`;
  await ledger.append(at(0), [started('decaf')]);
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

  test('as JSON, one entry a line with all that was hashed', async () => {
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

  test('a grant that nobody knows is a no', async () => {
    const { exit, out, err } = await ask(['audit', 'log', 'access-grants/x/y.yml\u001b[2J'], env);
    expect(exit).toBe(1);
    expect(out).toEqual([]);
    expect(err).toEqual([
      'the ledger has no grant access-grants/x/y.yml\\u001b[2J: give the path of its file, for example access-grants/production/alice.yml',
    ]);
  });
});

describe('invariant 22: audit verify', () => {
  test('holds, with the head to compare', async () => {
    const { exit, out } = await ask(['audit', 'verify'], env);
    expect(exit).toBe(0);
    expect(out.join('')).toMatch(/^the chain is intact: 7 entries, the head is [0-9a-f]{64}$/);
  });

  test('names the first entry that does not hold', async () => {
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
    expect(out.join('')).toContain('the chain is broken: entry 2 was altered');
    const told = await ask(['audit', 'verify', '--json'], env);
    expect(told.json()).toMatchObject({ ok: false, seq: 2 });
  });
});

describe('what could not be told is 2, with what to do', () => {
  const closed = 'postgresql://worker:very-secret@127.0.0.1:1/daypass';

  test.each([
    ['no environment', ['audit', 'verify'], {}, 'DATABASE_URL is missing'],
    ['not a URL', ['audit', 'log'], { DATABASE_URL: 'very-secret' }, 'DATABASE_URL must be a URL'],
    [
      'nobody there',
      ['audit', 'verify'],
      { DATABASE_URL: closed },
      'is the server in DATABASE_URL',
    ],
    ['an unknown option', ['audit', 'log', '--yaml'], {}, "unknown option '--yaml'"],
    ['an unknown command', ['reconcile'], {}, "unknown command 'reconcile'"],
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
    expect(err.join('\n')).toContain('run `release` first');
  });
});

test('help is what --help says; a mistake is told on lines of its own, with what may have been meant', async () => {
  expect(await ask(['--version'])).toMatchObject({
    exit: 0,
    out: [expect.stringMatching(/^\d+\.\d+\.\d+$/)],
  });
  const help = await ask(['help', 'audit']);
  expect(help).toMatchObject({ exit: 0, out: (await ask(['audit', '--help'])).out });
  expect(await ask(['grnats'])).toMatchObject({
    exit: 2,
    err: ["error: unknown command 'grnats'", '(Did you mean grants?)'],
  });
  const none = await ask([]);
  expect(none.exit).toBe(2);
  expect(none.err[0]).toBe('Usage: daypass [options] [command]');
});

test('every command explains itself, with an example', async () => {
  const { out } = await ask(['--help']);
  const commands = out
    .flatMap((line) => /^ {2}([a-z]+) .*/.exec(line)?.[1] ?? [])
    .filter((name) => name !== 'help');
  expect(commands).toContain('audit');
  for (const command of commands) {
    const help = await ask([command, '--help']);
    expect(help.exit).toBe(0);
    const text = help.out.join('\n');
    if (!text.includes('Commands:')) expect(text).toMatch(/Example:\n {2}daypass /);
  }
  for (const sub of ['log', 'verify']) {
    expect((await ask(['audit', sub, '--help'])).out.join('\n')).toMatch(/Example:\n {2}daypass /);
  }
});
