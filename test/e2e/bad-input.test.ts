import { createHmac } from 'node:crypto';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { faultSchema } from '../../lab/github/faults.js';
import type { FaultInput } from '../../lab/github/faults.js';
import { ACCESS_REPOSITORY, WEBHOOK_SECRET } from '../../lab/acme/acme.js';
import { denial, entries, mergeStatus } from '../../lab/acme/asking.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import type { Installation } from '../../lab/processes/installation.js';
import { until } from '../../lab/until.js';
import { running } from '../../lab/processes/running.js';

const development = (name: string) => `access-grants/development/${name}.yml`;

describe('bad input', () => {
  let acme: Installation;
  beforeAll(async () => {
    ({ acme } = await running({ now: '2026-11-24T09:00:00Z' }));
  }, 400_000);
  afterAll(() => acme.close(), 60_000);

  test('a symlink, a submodule, 5 MB, null bytes and an alias in one pull request: each is reported, and none lands', async () => {
    const { alice } = acme.people;
    const { dir, git } = await alice.clone(ACCESS_REPOSITORY);
    await alice.push(ACCESS_REPOSITORY, {
      branch: 'nasty',
      files: {
        [development('five-megabytes')]: 'x'.repeat(5 * 1024 * 1024),
        [development('null-bytes')]: grantFile().replace('alice', 'al\0ice'),
        [development('alias')]: `a: &a alice\nsubject: *a\n`,
        [development('good')]: grantFile({ ticket: null }),
      },
    });
    await symlink('../../../../etc/passwd', join(dir, development('symlink')));
    await git('add', '--all');
    const commit = await git('rev-parse', 'HEAD');
    const submodule = `160000,${commit},${development('submodule')}`;
    await git('update-index', '--add', '--cacheinfo', submodule);
    await git('commit', '--quiet', '-m', 'Nastier');
    await git('push', '--quiet', 'origin', 'HEAD:refs/heads/nasty');
    const pull = await alice.openPullRequest(ACCESS_REPOSITORY, { title: 'Nasty', head: 'nasty' });
    const { check } = await denial(acme, pull.head.sha);
    for (const says of [
      /symlink\.yml.*this is a symbolic link/,
      /submodule\.yml.*this is a submodule/,
      /five-megabytes\.yml.*the file is too large/,
      /null-bytes\.yml.*the character U\+0000 is not allowed/,
      /alias\.yml.*an alias is not allowed/,
    ])
      expect(check.summary).toMatch(says);
    expect(await mergeStatus(acme, 'alice', pull.number)).toBe(405);

    // After the check each file is decided separately: development needs no review, and the bad files give nothing.
    await acme.people.root.merge(ACCESS_REPOSITORY, pull.number);
    await acme.grant(development('good'), 'active');
    const { rows } = await acme.ledger.query<{ path: string }>('SELECT path FROM daypass.grants');
    expect(rows).toEqual([{ path: development('good') }]);
  }, 400_000);

  test('an event of another repository or installation changes nothing', async () => {
    await acme.github.github.deliveries.settled();
    const idle = () =>
      until('nothing to do', async () => {
        const { rows } = await acme.ledger.query(
          `SELECT 1 FROM daypass.work WHERE due_at <= $1
           UNION ALL SELECT 1 FROM daypass.deliveries WHERE handled_at IS NULL`,
          [acme.github.state.clock.now()],
        );
        return rows.length === 0;
      });
    await idle();
    const before = await entries(acme);
    const runs = acme.github.state.check_runs.size;
    for (const [event, about] of [
      ['pull_request', { action: 'closed', pull_request: { number: 1, merged: true } }],
      ['pull_request', { action: 'opened', pull_request: { number: 999_999 } }],
      ['push', { ref: 'refs/heads/main', after: '1'.repeat(40) }],
    ] as const) {
      const elsewhere = { installation: { id: 666 }, repository: { id: 666, full_name: 'evil/x' } };
      const body = JSON.stringify({ ...about, ...elsewhere });
      const signature = createHmac('sha256', WEBHOOK_SECRET).update(body).digest('hex');
      const answer = await fetch(`${acme.web_url}/api/github/webhooks`, {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json',
          'x-github-event': event,
          'x-github-delivery': `elsewhere-${signature.slice(0, 12)}`,
          'x-hub-signature-256': `sha256=${signature}`,
        },
      });
      expect(answer.status).toBe(200);
    }
    await until('all of it looked at', async () => {
      const { rows } = await acme.ledger.query(
        'SELECT 1 FROM daypass.deliveries WHERE handled_at IS NULL',
      );
      return rows.length === 0;
    });
    // Nothing of it is left to be tried again.
    await acme.advance('PT2M');
    await idle();
    expect(await entries(acme)).toEqual(before);
    expect(acme.github.state.check_runs.size).toBe(runs);
  }, 400_000);

  test('GitHub answers 404, 409, 422, 500, 502 and 429 in the middle: nothing is lost, and nothing is written twice', async () => {
    const answers = [404, 409, 422, 500, 502, 429];
    const fault = (match: FaultInput['match'], all = answers) => {
      for (const [i, status] of all.entries()) {
        const wait = status === 429 ? { 'retry-after': '1' } : {};
        const one = { match: { ...match, nth: i + 1 }, do: { status, headers: wait } };
        acme.github.github.faults.add(faultSchema.parse(one));
      }
    };
    const graphql = { method: 'POST', route: '/graphql' };
    const checks = { method: 'POST', route: '/repos/{owner}/{repo}/check-runs' };
    const comments = {
      method: 'POST',
      route: '/repos/{owner}/{repo}/issues/{issue_number}/comments',
    };
    const git = { method: 'POST', route: 'GIT upload-pack' };
    const mended = {
      method: 'PATCH',
      route: '/repos/{owner}/{repo}/issues/comments/{comment_id}',
    };
    const activity = { method: 'GET', route: '/repos/{owner}/{repo}/activity' };
    const repository = { method: 'GET', route: '/repos/{owner}/{repo}' };
    const token = {
      method: 'POST',
      route: '/app/installations/{installation_id}/access_tokens',
    };
    // A 404 would be an answer: nobody may read that activity, or the comment was deleted.
    const failing = answers.filter((status) => status !== 404);
    /** Moves time on until the retries have succeeded. */
    const despite = async <T>(what: string, look: () => Promise<T | null>): Promise<T> =>
      until(what, async () => {
        await acme.advance('PT5S');
        return look();
      });
    fault(graphql);
    fault(activity, failing);
    fault(checks);
    const path = development('in-the-middle');
    const files = { [path]: grantFile({ subject: 'frank', ticket: null, duration: '8h' }) };
    const pull = await acme.ask('frank', 'in-the-middle', files);
    const runsOf = () =>
      [...acme.github.state.check_runs.values()].filter((run) => run.head_sha === pull.head.sha);
    await despite('the check', async () =>
      Promise.resolve(runsOf().some(({ conclusion }) => conclusion === 'success') || null),
    );
    expect(acme.github.github.faults.list()).toEqual([]);

    fault(repository);
    fault(git);
    fault(graphql);
    fault(activity, failing);
    fault(comments);
    await acme.people.frank.merge(ACCESS_REPOSITORY, pull.number);
    const active = await despite('the grant', async () => {
      const { rows } = await acme.ledger.query<{ record: string }>(
        'SELECT record FROM daypass.grants WHERE path = $1',
        [path],
      );
      const [one] = rows.map((row) => JSON.parse(row.record) as { id: string; state: string });
      return one?.state === 'active' ? one : null;
    });
    await despite('the comment', async () =>
      Promise.resolve(
        [...acme.github.state.comments.values()].find((one) => one.number === pull.number) ?? null,
      ),
    );
    expect(await acme.orders.members('orders_reader')).toContain('frank');
    const kinds = (await entries(acme, { grant: active.id })).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind !== 'grant.attempt_failed')).toEqual([
      'grant.approved',
      'decision.made',
      'grant.activating',
      'grant.activated',
    ]);
    expect(runsOf()).toHaveLength(1);

    fault(mended, failing);
    // Eight hours later the token has expired, too.
    fault(token);
    await acme.advance('PT8H');
    await acme.grant(path, 'expired');
    const told = () =>
      [...acme.github.state.comments.values()].filter((one) => one.number === pull.number);
    await despite('the comment that tells the end', async () =>
      Promise.resolve(/ended|over/i.test(told()[0]?.body ?? '') || null),
    );
    expect(told()).toHaveLength(1);
    expect(acme.github.github.faults.list()).toEqual([]);
  }, 400_000);
});
