import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseGrant } from '../../src/core/grant/grant.js';
import { readCommit, resolveCommit } from '../../lab/github/git/read.js';
import { ACCESS_REPOSITORY } from '../../lab/acme/acme.js';
import type { PullRequestFull } from '../../lab/github/views/types.js';
import { HOSTILE } from '../support/core/drafts.js';
import { ask } from './asking.js';
import { REASON, SAID, startRequests, type RequestScene } from './request-scene.js';

let scene: RequestScene;
beforeAll(async () => {
  scene = await startRequests();
}, 60_000);
afterAll(() => scene.close());

describe('daypass request opens a pull request', () => {
  test('with one commit of the person, and says what will be asked', async () => {
    const { exit, out, err } = await scene.request();
    expect({ exit, err }).toEqual({ exit: 0, err: [] });
    const url = out.at(-1) ?? '';
    const pull = await scene.alice.must<PullRequestFull>(
      'GET',
      `/repos/${ACCESS_REPOSITORY}/pulls/${url.split('/').at(-1) ?? ''}`,
    );
    expect(pull.html_url).toBe(url);
    expect(pull).toMatchObject({
      ...{ title: 'alice: read-only on orders-db in production for 4h', state: 'open' },
      ...{ user: { login: 'alice' }, commits: 1, changed_files: 1, draft: false },
      body: expect.stringContaining(REASON),
      base: { ref: 'main' },
    });
    expect(pull.head.ref).toMatch(/^daypass\/alice-orders-db-[0-9a-f]{8}$/);
    const commit = await readCommit(scene.dir, pull.head.sha);
    expect(commit.author.name).toBe('alice');
    expect(commit.parents).toEqual([await resolveCommit(scene.dir, 'refs/heads/main')]);
    const text = out.join('\n');
    expect(text).toMatch(/0 of 1 of payments: .* \(production\/owner_review\)/);
    expect(text).toMatch(/0 of 1 of security: .* \(production\/security_review\)/);
    expect(text).toContain('no grant in the ledger is live');
    expect(text).toContain(`judged by policies/ of ${ACCESS_REPOSITORY}, main (`);
  });

  test('as JSON, under another name where the file or the branch of a request exists', async () => {
    await scene.alice.push(ACCESS_REPOSITORY, {
      branch: 'main-2',
      files: { 'access-grants/production/bob-orders-db.yml': 'x' },
    });
    const first = await scene.opened();
    expect(first).toMatchObject({
      path: expect.stringMatching(/^access-grants\/production\/alice-orders-db-\d\.yml$/),
      branch: expect.stringMatching(/^daypass\/alice-orders-db-\d-[0-9a-f]{8}$/),
      ...{ outcome: 'awaiting_review', repository: ACCESS_REPOSITORY, problems: [] },
      requirements: [{ code: 'asked' }, { code: 'asked' }],
    });
    expect((await scene.opened()).path).not.toBe(first.path);
    const content = Buffer.from(first.content);
    expect(parseGrant(first.path, { mode: '100644', content })).toMatchObject({
      ok: true,
      value: { subject: 'alice', role: 'read-only', reason: REASON, ticket: 'INC-4821' },
    });
  });

  test('whatever the reason says, it is text: in the file, the pull request and on the terminal', async () => {
    const reason = HOSTILE.slice(0, 4).join(' ');
    const said = SAID.map((word) => (word === REASON ? reason : word));
    const { number, content, path } = await scene.opened(said);
    const pull = await scene.alice.pullRequest(ACCESS_REPOSITORY, number);
    expect(parseGrant(path, { mode: '100644', content: Buffer.from(content) })).toMatchObject({
      value: { reason: reason.trim(), subject: 'alice' },
    });
    expect(pull.body).toContain('@\u200bacme/security');
    expect(pull.body).not.toMatch(/@acme|(?<!\\)<|(?<!\\)\]/);
    expect(pull.title).not.toContain('@acme');
  });

  test('a start, an end, a scope and another subject reach the file', async () => {
    const { exit, out } = await scene.request([
      ...['orders-db', '--role', 'read-only', '--environment', 'development', '--subject', 'frank'],
      ...['--starts', '2026-11-24T17:00:00+01:00', '--until', '2026-11-24T18:00:00Z'],
      ...['--scope', 'select, get', '--reason', 'x', '--dry-run'],
    ]);
    expect(out).toContain('  subject: frank');
    expect(out).toContain('  starts_at: 2026-11-24T17:00:00+01:00');
    expect(out).toContain('  expires_at: 2026-11-24T18:00:00Z');
    expect(out).toContain('    actions: [select, get]');
    // Nothing enforces a scope on PostgreSQL.
    expect(out.join('\n')).toContain('(scope_not_enforced)');
    expect(exit).toBe(1);
  });

  test('in the access repository of the working tree, with the token of gh', async () => {
    const tree = mkdtempSync(join(tmpdir(), 'daypass-tree-'));
    const bin = join(tree, 'bin');
    mkdirSync(bin);
    const gh = `#!/bin/sh\ntest "$*" = "auth token --hostname ${new URL(scene.github.url).host}" && test -z "$SECRET" && echo tok_alice\n`;
    writeFileSync(join(bin, 'gh'), gh);
    chmodSync(join(bin, 'gh'), 0o755);
    execFileSync('git', ['init', '--quiet', tree]);
    try {
      const { ACCESS_REPOSITORY: _, GH_TOKEN: __, ...rest } = scene.env;
      const own = { ...rest, SECRET: 'x', PATH: `${bin}:${scene.env.PATH ?? ''}` };
      const there = () => ask(['request', ...SAID, '--dry-run'], own, { cwd: tree });
      expect((await there()).err.join('\n')).toMatch(
        /ACCESS_REPOSITORY is missing.*no remote "origin"/,
      );
      const remote = (url: string) =>
        execFileSync('git', ['-C', tree, 'config', 'remote.origin.url', url]);
      remote('git@gitlab.test:acme/access.git');
      expect((await there()).err.join('\n')).toContain('is at gitlab.test');
      remote(`${scene.github.url}/${ACCESS_REPOSITORY}.git`);
      expect((await there()).exit).toBe(0);
      remote(`${scene.github.url}/acme/orders.git`);
      expect((await there()).err.join('\n')).toContain('acme/orders has no policies/ on main');
    } finally {
      rmSync(tree, { recursive: true });
    }
  });
});

describe('nothing is written', () => {
  test('with --dry-run, which shows the file', async () => {
    const before = scene.writes();
    const { exit, out } = await scene.leavesNothing(() => scene.request([...SAID, '--dry-run']));
    expect(exit).toBe(0);
    expect(out).toContain(`  reason: ${REASON}`);
    expect(out.at(-1)).toBe('nothing was opened: this was only tried');
    expect(scene.writes()).toBe(before);
  });

  const but = (change: Readonly<Record<string, string | null>>) => {
    const all: Record<string, string | null> = {
      ...{ role: 'read-only', environment: 'production', for: '4h', ticket: 'INC-1', reason: 'x' },
      ...change,
    };
    return Object.entries(all).flatMap(([key, value]) =>
      value === null ? [] : [`--${key}`, value],
    );
  };

  test.each<[string, readonly string[], RegExp]>([
    [
      'a rule denies it',
      ['orders-db', ...but({ role: 'read-write', for: '8h' })],
      /:4: read-write is a high-risk role.* \(production\/high_risk\)/,
    ],
    ['a ticket is missing', ['orders-db', ...but({ ticket: null })], /\(production\/ticket\)/],
    ['no duration', ['orders-db', ...but({ for: '4 hours' })], /"4 hours" is not a duration/],
    [
      'an end in the past',
      ['orders-db', ...but({ for: null, until: '2020-01-01T00:00:00Z' })],
      /past/,
    ],
    ['both ends', ['orders-db', ...but({ until: '2026-11-25T00:00:00Z' })], /\(two_ends\)/],
    ['no login', ['orders-db', ...but({ subject: '../../x' })], /subject: /],
    ['nobody', ['orders-db', ...but({ subject: 'nobody' })], /GitHub has no account "nobody"/],
    ['a long reason', ['orders-db', ...but({ reason: 'x'.repeat(501) })], /1 to 500 characters/],
    ['20 KiB', ['orders-db', ...but({ reason: 'x'.repeat(20_000) })], /\(too_large\)/],
    ['controls', ['orders-db', ...but({ reason: 'a\u001b[31mb' })], /U\+001B/],
    ['bad action', ['orders-db', ...but({ scope: 'a b,' })], /scope/],
  ])('%s: exit 1', async (_, args, says) => {
    const before = scene.writes();
    const { exit, out } = await scene.leavesNothing(() => scene.request(args));
    expect(out.join('\n')).toMatch(says);
    expect(out.join('\n')).not.toContain('\u001b');
    expect(out.at(-1)).toBe('no: nothing was opened');
    expect(exit).toBe(1);
    expect(scene.writes()).toBe(before);
  });

  test.each<[string, readonly string[], RegExp]>([
    [
      'users-db',
      but({}),
      /RESOURCE: "users-db" is not in the catalog. Use one of orders-db, orders-pipelines/,
    ],
    ['orders-db', but({ role: 'root' }), /--role: "root" .* one of read-only, read-write/],
    ['orders-db', but({ environment: 'moon' }), /--environment: "moon" .* one of development, /],
  ])('%s %j: exit 1, with what is allowed', async (resource, args, says) => {
    const { exit, err, out } = await scene.leavesNothing(() => scene.request([resource, ...args]));
    expect(err.join('\n')).toMatch(says);
    expect({ exit, out }).toEqual({ exit: 1, out: [] });
  });

  test('something is missing: exit 2, with all of it', async () => {
    const { exit, err } = await scene.leavesNothing(() =>
      scene.request(['orders-db', '--reason', '…']),
    );
    expect(exit).toBe(2);
    expect(err.join('\n')).toMatch(
      /missing:\n {2}--role: one of .*\n {2}--environment: one of .*\n {2}--for or --until: .*\n {2}--reason: why/,
    );
    expect((await scene.request([])).err.join('\n')).toContain('RESOURCE: one of orders-db');
  });

  test('in a terminal it asks for what is missing, and once only', async () => {
    const typed = ['orders-db', 'read-only', 'production', '4h', REASON];
    const { exit, out } = await scene.request(['--ticket', 'INC-1', '--dry-run'], {}, { typed });
    expect(exit).toBe(0);
    expect(out.slice(0, 4)).toEqual([
      expect.stringMatching(/^RESOURCE: one of orders-db, /),
      '> ',
      '--role: one of read-only, read-write',
      '> ',
    ]);
    expect(out).toContain(`  reason: ${REASON}`);
    const none = await scene.request(['--ticket', 'INC-1'], {}, { typed: ['orders-db', ''] });
    expect(none.err.join('\n')).toContain('--role: one of');
    expect(none.exit).toBe(2);
  });
});
