import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ACCESS_REPOSITORY } from '../../lab/acme/acme.js';
import { approve, bodies, entries } from '../../lab/acme/asking.js';
import {
  askAtUse,
  ORDERS_API_FILES,
  requestAtUse,
  taskAtUse,
  useOf,
  type AnswerAtUse,
} from '../../lab/acme/orders-api.js';
import { requestsApp } from '../../lab/acme/requests-app.js';
import type { SeedInput } from '../../lab/github/seed.js';
import type { Installation } from '../../lab/processes/installation.js';
import { running } from '../../lab/processes/running.js';
import { until } from '../../lab/until.js';

const PUBLIC_URL = 'https://pdp.acme.test';

describe('requests of enforcement points', () => {
  let acme: Installation;
  let url: string;
  beforeAll(async () => {
    const app = requestsApp();
    // Two owners, so that one of them may ask.
    const seed = (plain: SeedInput) => {
      const { teams = [], ...rest } = app.seed(plain);
      const both = teams.map((team) =>
        team.slug === 'payments' ? { ...team, members: ['bob', 'erin'] } : team,
      );
      return { ...rest, teams: both };
    };
    const files = ORDERS_API_FILES;
    ({ acme } = await running({ now: '2026-11-24T11:00:00Z', files, seed, worker: app.worker }));
    const pdp = await acme.start('pdp', { PUBLIC_URL });
    const ready = pdp.lines.find((line) => line.includes('"ready"')) ?? '';
    url = `http://127.0.0.1:${String((JSON.parse(ready) as { port: number }).port)}`;
  }, 90_000);
  afterAll(() => acme.close(), 60_000);

  const denied = (subject: string, action: string) =>
    until(`${subject} may ask for ${action}`, async (): Promise<AnswerAtUse> => {
      const answer = await askAtUse(url, subject, action);
      if (answer.context.access_request) return answer;
      throw new Error(JSON.stringify(answer));
    });
  const said = (subject: string, action: string) => ({
    ...useOf(subject, action),
    context: { business_justification: 'The service hangs since noon' },
  });
  /** Asks for a use that was denied, and waits for its pull request. */
  const asked = async (subject: string, action: string) => {
    const { status, body } = await requestAtUse(
      url,
      await denied(subject, action),
      said(subject, action),
    );
    expect({ status, body }).toMatchObject({ status: 202, body: { task: { status: 'pending' } } });
    const task = await until('a pull request', async () => {
      const { body: now } = await taskAtUse(url, body.task.id);
      if (now.task.links) return now.task;
      throw new Error(JSON.stringify(now));
    });
    const number = Number(/\d+$/.exec(task.links?.review ?? '')?.[0]);
    return { id: task.id, pull: await acme.people.root.pullRequest(ACCESS_REPOSITORY, number) };
  };
  const settled = (id: string, status: string) =>
    until(`the task is ${status}`, async () => {
      const { body } = await taskAtUse(url, id);
      if (body.task.status === status) return body;
      throw new Error(JSON.stringify(body));
    });

  test('a denied use is asked for, opened by the App, approved by another, merged, and allowed', async () => {
    const { context } = await denied('alice', 'restart');
    expect(context.access_request).toEqual({
      endpoint: `${PUBLIC_URL}/access/v1/requests`,
      expires_at: expect.stringMatching(/^2026-11-24T11:1\d:/),
      form_url: context.ask_for?.link,
      display: {
        title: 'Ask for operator on orders-api in staging for 1h',
        command: context.ask_for?.command,
      },
    });
    const { id, pull } = await asked('alice', 'restart');
    expect(pull).toMatchObject({
      title: 'alice: operator on orders-api in staging for 1h',
      user: { login: 'daypass-requests[bot]', type: 'Bot' },
      head: { ref: expect.stringMatching(/^daypass\/alice-orders-api-[0-9a-f]{8}$/) },
    });
    await approve(acme, pull.number, ['bob']);
    await acme.check(pull.head.sha, ({ title }) => title.startsWith('Approved:'));
    await acme.people.bob.merge(ACCESS_REPOSITORY, pull.number);
    expect(await settled(id, 'approved')).toMatchObject({
      result: { mode: 'reevaluate', approval: { id, approved_until: expect.any(String) } },
    });
    expect(await askAtUse(url, 'alice', 'restart')).toMatchObject({ decision: true });

    const all = await entries(acme);
    const [recorded] = bodies(all, 'request.recorded');
    expect(recorded).toMatchObject({
      ...{ request: id, person: { id: 101, login: 'alice' }, commit: pull.head.sha },
      ...{ path: 'access-grants/staging/alice-orders-api.yml', branch: pull.head.ref },
    });
    const decisions = bodies(all, 'decision.made').filter(({ head }) => head === pull.head.sha);
    expect(decisions.map(({ grounds }) => grounds?.requester?.login)).toContain('alice');
    expect(decisions[0]?.requested?.app.login).toBe('daypass-requests[bot]');
  }, 240_000);

  test('invariant 4: nobody approves what was opened for them, and a commit of somebody else ends the record', async () => {
    const { pull } = await asked('bob', 'logs');
    await approve(acme, pull.number, ['bob']);
    const own = await acme.check(pull.head.sha, ({ summary }) => summary.includes('`bob`'));
    expect(own).toMatchObject({ conclusion: 'action_required' });
    expect(own.summary).toContain('they requested this access (`approver_is_requester`)');

    const head = await acme.people.frank.push(ACCESS_REPOSITORY, {
      branch: pull.head.ref,
      files: { 'README.md': '# Another\n' },
    });
    await approve(acme, pull.number, ['erin']);
    const others = await acme.check(head, ({ summary }) => summary.includes('`erin`'));
    expect(others.title).not.toMatch(/^Approved:/);
    expect(others.summary).toContain('daypass-requests');
  }, 240_000);

  test('a request whose pull request is closed is denied; the same evaluation gives the same task', async () => {
    const answer = await denied('frank', 'logs');
    const first = await requestAtUse(url, answer, said('frank', 'logs'));
    const second = await requestAtUse(url, answer, said('frank', 'logs'));
    expect(second.body.task.id).toBe(first.body.task.id);
    const { id, pull } = await asked('frank', 'restart');
    await acme.people.bob.must(
      'PATCH',
      `/repos/${ACCESS_REPOSITORY}/pulls/${String(pull.number)}`,
      {
        state: 'closed',
      },
    );
    await acme.advance('PT1M');
    expect((await settled(id, 'denied')).task.display).toEqual({
      description: 'its pull request was closed',
    });
  }, 240_000);
});
