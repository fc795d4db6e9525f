import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ACCESS_REPOSITORY } from '../../lab/acme/acme.js';
import type { Name } from '../../lab/acme/acme.js';
import { approve, approved, bodies, entries } from '../../lab/acme/asking.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import type { Installation } from '../../lab/processes/installation.js';
import { until } from '../../lab/until.js';
import type { Program } from '../../lab/processes/process.js';
import { running } from '../../lab/processes/running.js';

const development = (name: string) => `access-grants/development/${name}.yml`;
const fileOf = (subject: Name) => grantFile({ subject, ticket: null, duration: '2h' });

describe('steps', () => {
  let acme: Installation;
  let worker: Program;
  beforeAll(async () => {
    ({ acme, worker } = await running({ now: '2026-11-24T11:00:00Z' }));
  }, 400_000);
  afterAll(() => acme.close(), 60_000);

  const stepOf = async (number: number) => {
    const steps = bodies(await entries(acme, { pull_request: number }), 'step.landed');
    expect(steps).toHaveLength(1);
    return steps[0];
  };

  test.each([
    ['merge', 'alice'],
    ['squash', 'frank'],
    ['rebase', 'erin'],
  ] as const)(
    'a pull request that landed by %s is one step, and gives access',
    async (method, who) => {
      const path = development(method);
      await acme.people[who].push(ACCESS_REPOSITORY, {
        branch: method,
        files: { [`docs/${method}.md`]: '# First of two commits\n' },
      });
      const before = (await acme.people.root.clone(ACCESS_REPOSITORY)).git(
        'rev-parse',
        'origin/main',
      );
      const pull = await approved(
        acme,
        { who, branch: method, files: { [path]: fileOf(who) } },
        [],
      );
      await acme.people[who].merge(ACCESS_REPOSITORY, pull.number, { merge_method: method });
      await acme.grant(path, 'active');
      expect(await acme.orders.members('orders_reader')).toContain(who);
      const after = (await acme.people.root.clone(ACCESS_REPOSITORY)).git(
        'rev-parse',
        'origin/main',
      );
      expect(await stepOf(pull.number)).toMatchObject({
        parent: await before,
        commit: await after,
        pull_request: pull.number,
        ignored: [],
      });
    },
    400_000,
  );

  test('invariant 7: a merge that GitHub links to its pull request late gives access, and is not taken for a push', async () => {
    const path = development('tied-late');
    const files = { [path]: fileOf('dave') };
    const pull = await approved(acme, { who: 'dave', branch: 'tied-late', files }, []);
    acme.github.state.ties_late = true;
    await acme.people.dave.merge(ACCESS_REPOSITORY, pull.number);
    await until('the worker waits for it', async () =>
      worker.lines.some((line) => line.includes('does not yet name the pull request')),
    );
    expect(await entries(acme, { pull_request: pull.number })).not.toContainEqual(
      expect.objectContaining({ kind: 'step.landed' }),
    );
    acme.github.state.ties_late = false;
    await acme.grant(path, 'active');
    expect(await stepOf(pull.number)).toMatchObject({ pull_request: pull.number });
  }, 400_000);

  test('invariant 7: a pull request whose head comes in with another’s merge changes nothing about that merge', async () => {
    const { alice, bob } = acme.people;
    const docs = { 'docs/first.md': '# The first of two commits\n' };
    await alice.push(ACCESS_REPOSITORY, { branch: 'the-first', files: docs });
    const path = development('both');
    const files = { [path]: fileOf('alice') };
    await alice.push(ACCESS_REPOSITORY, { branch: 'both', from: 'the-first', files });
    const pull = await alice.openPullRequest(ACCESS_REPOSITORY, { title: 'both', head: 'both' });
    await acme.check(pull.head.sha, ({ title }) => title.startsWith('Approved:'));
    const within = await bob.openPullRequest(ACCESS_REPOSITORY, { title: 'w', head: 'the-first' });
    await alice.merge(ACCESS_REPOSITORY, pull.number, { merge_method: 'merge' });
    const { merged } = await bob.pullRequest(ACCESS_REPOSITORY, within.number);
    expect(merged).toBe(true);
    await acme.grant(path, 'active');
    expect(await stepOf(pull.number)).toMatchObject({ pull_request: pull.number });
  }, 400_000);

  test('two pull requests that are merged at once land in order, each with its own reviews', async () => {
    const asked = (['alice', 'frank'] as const).map((who) => ({
      who,
      branch: `${who}-at-once`,
      path: `access-grants/production/${who}-at-once.yml`,
      file: grantFile({ subject: who, role: 'read-write', duration: '1h' }),
    }));
    const pulls = await Promise.all(
      asked.map(({ who, branch, path, file }) => acme.ask(who, branch, { [path]: file })),
    );
    for (const { number } of pulls) await approve(acme, number, ['bob', 'carol']);
    for (const { head } of pulls)
      await acme.check(head.sha, ({ title }) => title.startsWith('Approved:'));
    await Promise.all(
      asked.map(({ who }, i) => acme.people[who].merge(ACCESS_REPOSITORY, pulls[i]?.number ?? 0)),
    );
    for (const { path } of asked) await acme.grant(path, 'active');
    expect(await acme.orders.members('orders_writer')).toEqual(['alice', 'frank']);

    const steps = bodies(await entries(acme), 'step.landed');
    const { git } = await acme.people.root.clone(ACCESS_REPOSITORY);
    const [started] = bodies(await entries(acme), 'ledger.started');
    const range = `${started?.step ?? ''}..origin/main`;
    const tips = (await git('rev-list', '--first-parent', '--reverse', range)).split('\n');
    expect(steps.map(({ commit }) => commit)).toEqual(
      // The rebased pull request has two commits, and is one step up to the last of them.
      tips.filter((sha) => steps.some(({ commit }) => commit === sha)),
    );
    expect(steps.slice(1).map(({ parent }) => parent)).toEqual(
      steps.slice(0, -1).map(({ commit }) => commit),
    );
    expect(new Set(steps.map(({ pull_request }) => pull_request)).size).toBe(steps.length);
  }, 400_000);

  test('invariant 7: a second step that GitHub links to an applied pull request counts as a push without one', async () => {
    const who = 'dave';
    const first = development('applied-once');
    const pull = await approved(acme, { who, branch: 'once', files: { [first]: fileOf(who) } }, []);
    await acme.people[who].merge(ACCESS_REPOSITORY, pull.number);
    await acme.grant(first, 'active');

    // A run of commits from a rebase would end here.
    await acme.people.root.push(ACCESS_REPOSITORY, {
      branch: 'main',
      files: { 'docs/between.md': '# Between\n' },
    });
    const second = development('applied-twice');
    const { dir, git } = await acme.people.root.clone(ACCESS_REPOSITORY);
    await git('checkout', '--quiet', '--detach', 'origin/main');
    await writeFile(join(dir, second), fileOf('carol'));
    await git('add', '--all');
    await git('commit', '--quiet', '-m', 'Once more');
    const commit = await git('rev-parse', 'HEAD');
    const known = [...acme.github.state.pulls.values()].find((one) => one.number === pull.number);
    if (!known) throw new Error('the stand-in has lost the pull request');
    Object.assign(known, { merge_commit_sha: commit, landed: [...known.landed, commit] });
    await git('push', '--quiet', 'origin', 'HEAD:refs/heads/main');
    expect(await acme.grant(second, 'requested')).toMatchObject({
      quarantined: true,
      why: ['it landed without a pull request'],
    });
    expect(await stepOf(pull.number)).toMatchObject({ pull_request: pull.number });
    expect(await acme.orders.members('orders_reader')).not.toContain('carol');
  }, 400_000);
});
