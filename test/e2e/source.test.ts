import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Source } from '../../src/core/ledger/events.js';
import { ACCESS_REPOSITORY } from '../../lab/acme/acme.js';
import { bodies, entries, merged } from '../../lab/acme/asking.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import type { Installation } from '../../lab/processes/installation.js';
import type { Program } from '../../lab/processes/process.js';
import { until } from '../../lab/until.js';
import { running } from '../../lab/processes/running.js';

const development = (name: string) => `access-grants/development/${name}.yml`;
const plain = { ticket: null, duration: '8h' };

describe('invariant 10: the access repository is known by its ids', () => {
  let acme: Installation;
  let worker: Program;
  beforeAll(async () => {
    ({ acme, worker } = await running({
      now: '2026-11-24T09:00:00Z',
      seed: (seed) => ({
        ...seed,
        orgs: [
          ...(seed.orgs ?? []),
          { login: 'newco', id: 7002, members: [{ login: 'root', role: 'admin' }] },
        ],
        apps: (seed.apps ?? []).map((app) => ({
          ...app,
          installations: [...(app.installations ?? []), { id: 78, account: 'newco' }],
        })),
      }),
    }));
  }, 400_000);
  afterAll(() => acme.close(), 60_000);

  const settings = (path: string, body: object) => acme.people.root.must('PATCH', path, body);
  const stops = async () => bodies(await entries(acme), 'source.differs');
  const readiness = async () => {
    const { port } = JSON.parse(await worker.line((line) => line.includes('"ready"'))) as {
      port: number;
    };
    const answer = await fetch(`http://127.0.0.1:${String(port)}/readyz`);
    return { status: answer.status, body: await answer.text() };
  };
  /** What differs, once activation has been paused for the `nth` time. */
  const stopped = async (nth: number): Promise<Partial<Source>> => {
    // A worker that gets no delivery looks once a minute.
    const found = await until(
      `stop ${String(nth)}`,
      async () => (await stops())[nth - 1]?.found,
      200_000,
    );
    // Readiness is answered from a state that is renewed each second.
    await until('readiness', async () => {
      const { status, body } = await readiness();
      return status === 503 && body.includes('activation is paused');
    });
    return found;
  };
  const trusted = async () => {
    const looked = await acme.daypass('trust', '--json');
    const { shown_as } = JSON.parse(looked.out) as { shown_as: string };
    const done = await acme.daypass('trust', '--yes', shown_as);
    expect(done).toMatchObject({ exit: 0, err: '' });
    await until('readiness', async () => (await readiness()).status === 200);
  };

  test('when it is renamed, Daypass follows: grants are requested, merged and ended under the new name', async () => {
    await merged(
      acme,
      { who: 'alice', branch: 'alice', files: { [development('alice')]: grantFile(plain) } },
      [],
    );
    await acme.grant(development('alice'), 'active');
    await settings(`/repos/${ACCESS_REPOSITORY}`, { name: 'grants' });
    const repo = 'acme/grants';
    const { frank } = acme.people;
    const file = grantFile({ ...plain, subject: 'frank' });
    const head = await frank.push(repo, {
      branch: 'frank',
      files: { [development('frank')]: file },
    });
    const pull = await frank.openPullRequest(repo, { title: 'frank', head: 'frank' });
    await until('the green check', async () => {
      const { check_runs } = await frank.must<{ check_runs: { conclusion: string }[] }>(
        'GET',
        `/repos/${repo}/commits/${head}/check-runs`,
      );
      return check_runs.some(({ conclusion }) => conclusion === 'success');
    });
    await frank.merge(repo, pull.number);
    await acme.grant(development('frank'), 'active');
    await settings(`/repos/${repo}`, { name: 'access' });
    expect(await stops()).toEqual([]);
    expect((await readiness()).status).toBe(200);
  }, 400_000);

  test('with another default branch, activation is paused, access still ends, and trust resumes it', async () => {
    const starts_at = '2026-11-24T11:00:00Z';
    const later = grantFile({ ...plain, subject: 'erin', starts_at });
    const files = { [development('erin')]: later };
    await merged(acme, { who: 'erin', branch: 'erin', files }, []);
    await acme.grant(development('erin'), 'scheduled');
    const { git } = await acme.people.root.clone(ACCESS_REPOSITORY);
    await git('fetch', '--quiet', 'origin');
    await git('push', '--quiet', 'origin', 'origin/main:refs/heads/trunk');
    await settings(`/repos/${ACCESS_REPOSITORY}`, { default_branch: 'trunk' });
    expect(await stopped(1)).toEqual({ default_branch: 'trunk' });
    await acme.advance('PT2H1M');
    await until('the start that waits', async () =>
      bodies(await entries(acme), 'grant.attempt_failed').some(({ error }) =>
        error.includes('default_branch is not what was recorded'),
      ),
    );
    expect(await acme.orders.members('orders_reader')).toEqual(['alice', 'frank']);
    await acme.advance('PT6H');
    await acme.grant(development('alice'), 'expired');
    await acme.grant(development('frank'), 'expired');
    await trusted();
    // Its start was ahead when activation was paused, and the time for it was over before that was resolved.
    await acme.grant(development('erin'), 'lapsed');
    expect(await acme.orders.members('orders_reader')).toEqual([]);
  }, 400_000);

  test('after a transfer it is another repository: nothing more is given until that is trusted', async () => {
    const path = development('dave');
    const { dave } = acme.people;
    const files = { [path]: grantFile({ ...plain, subject: 'dave' }) };
    const sha = await dave.push(ACCESS_REPOSITORY, { branch: 'dave', from: 'trunk', files });
    const wish = { title: 'dave', head: 'dave', base: 'trunk' };
    const { number } = await dave.openPullRequest(ACCESS_REPOSITORY, wish);
    await acme.check(sha, ({ title }) => title.startsWith('Approved:'));
    await acme.people.root.merge(ACCESS_REPOSITORY, number);
    await acme.grant(path, 'active');
    const ahead = development('carol');
    const starts_at = '2026-11-24T18:00:00Z';
    const carols = { [ahead]: grantFile({ ...plain, subject: 'carol', starts_at }) };
    await acme.people.carol.push(ACCESS_REPOSITORY, {
      branch: 'carol',
      from: 'trunk',
      files: carols,
    });
    const more = await acme.people.carol.openPullRequest(ACCESS_REPOSITORY, {
      ...{ title: 'carol', head: 'carol', base: 'trunk' },
    });
    await acme.check(more.head.sha, ({ title }) => title.startsWith('Approved:'));
    await acme.people.carol.merge(ACCESS_REPOSITORY, more.number);
    await acme.grant(ahead, 'scheduled');
    await acme.people.root.must('POST', `/repos/${ACCESS_REPOSITORY}/transfer`, {
      new_owner: 'newco',
    });
    expect(await stopped(2)).toEqual({ installation_id: 78, owner_id: 7002 });
    await acme.advance('PT1H10M');
    await until('the start that waits', async () =>
      bodies(await entries(acme), 'grant.attempt_failed').some(({ error }) =>
        error.includes('owner_id'),
      ),
    );
    expect(await acme.orders.members('orders_reader')).toEqual(['dave']);
    await acme.advance('PT7H');
    await acme.grant(path, 'expired');
    await acme.grant(ahead, 'lapsed');
    await trusted();
    const [, , last] = bodies(await entries(acme), 'ledger.started');
    expect(last?.source).toEqual({
      installation_id: 78,
      owner_id: 7002,
      repository_id: 9001,
      default_branch: 'trunk',
    });
  }, 400_000);
});
