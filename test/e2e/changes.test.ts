import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ACCESS_REPOSITORY } from '../../lab/acme/acme.js';
import {
  approve,
  approved,
  bodies,
  comment,
  denial,
  entries,
  merged,
} from '../../lab/acme/asking.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import type { Installation } from '../../lab/processes/installation.js';
import { until } from '../../lab/until.js';
import type { Program } from '../../lab/processes/process.js';
import { running } from '../../lab/processes/running.js';
import type { DeclaredWindow } from '../../src/core/grant/window.js';

const production = (name: string) => `access-grants/production/${name}.yml`;

describe('changes of grants', () => {
  let acme: Installation;
  let worker: Program;
  beforeAll(async () => {
    ({ acme, worker } = await running({ now: '2026-11-24T09:00:00Z' }));
  }, 400_000);
  afterAll(() => acme.close(), 60_000);

  test('invariant 7: an extension before the start is judged again before activation, on its own reviews', async () => {
    const starts_at = '2026-11-24T10:00:00Z';
    const asked = (subject: 'alice' | 'frank', hour: number) =>
      grantFile({ subject, starts_at, duration: null, expires_at: `2026-11-24T${hour}:00:00Z` });
    const [kept, lost] = [production('kept'), production('lost')];
    await merged(acme, {
      who: 'alice',
      branch: 'two-at-once',
      files: { [kept]: asked('alice', 11), [lost]: asked('frank', 11) },
    });
    await acme.grant(kept, 'scheduled');
    await acme.grant(lost, 'scheduled');
    await merged(acme, { who: 'alice', branch: 'kept', files: { [kept]: asked('alice', 13) } });
    const extension = await merged(acme, {
      who: 'frank',
      branch: 'lost',
      files: { [lost]: asked('frank', 12) },
    });
    for (const [path, expires_at] of [
      [kept, '2026-11-24T13:00:00.000Z'],
      [lost, '2026-11-24T12:00:00.000Z'],
    ] as const) {
      await until('the extension', async () => {
        const { window_declared } = await acme.grant(path, 'scheduled');
        return (window_declared as DeclaredWindow).expires_at === expires_at;
      });
    }
    await acme.people.carol.review(
      ACCESS_REPOSITORY,
      extension.number,
      'REQUEST_CHANGES',
      'One hour is enough',
    );
    await acme.advance('PT1H');
    const active = await acme.grant(kept, 'active');
    expect(active).toMatchObject({ window: { ends_at: '2026-11-24T13:00:00.000Z' } });
    const refused = await acme.grant(lost, 'refused');
    expect(refused).toMatchObject({
      why: [
        expect.stringMatching(
          new RegExp(`^its extension by #${String(extension.number)}: an approval that it needs`),
        ),
        expect.stringContaining('they asked for changes later'),
      ],
    });
    expect(await acme.orders.members('orders_reader')).toEqual(['alice']);
    for (const [{ id }, outcomes] of [
      [active, ['approved', 'approved']],
      [refused, ['approved', 'awaiting_review']],
    ] as const) {
      const decided = bodies(await entries(acme, { grant: String(id) }), 'decision.made');
      expect(decided.map(({ moment }) => moment)).toEqual(['activation', 'activation']);
      expect(decided.map(({ decision }) => decision.outcome)).toEqual(outcomes);
    }
    await comment(
      acme,
      Number(active.pull_request),
      /refused .*One hour|refused .*asked for changes/,
    );
  }, 400_000);

  test('invariant 8: a grant is narrowed, moved to another environment, and its path is used again', async () => {
    const dev = 'access-grants/development/erin.yml';
    const staging = 'access-grants/staging/erin.yml';
    const file = (duration: string) => grantFile({ subject: 'erin', duration, ticket: null });
    await merged(acme, { who: 'erin', branch: 'erin', files: { [dev]: file('8h') } }, []);
    const given = await acme.grant(dev, 'active');
    const { starts_at } = given['window'] as { starts_at: string };

    // Nobody has to approve less of one's own access.
    await merged(acme, { who: 'erin', branch: 'less', files: { [dev]: file('2h') } }, []);
    await until('the earlier end', async () => {
      const { id, window } = await acme.grant(dev, 'active');
      const { ends_at } = window as { ends_at: string };
      return id === given['id'] && Date.parse(ends_at) - Date.parse(starts_at) === 2 * 3_600_000;
    });

    const moved = await acme.ask('erin', 'move', { [dev]: null, [staging]: file('2h') });
    const { summary } = await acme.check(moved.head.sha, ({ title }) =>
      title.startsWith('Not yet'),
    );
    expect(summary).toContain('**withdrawn**');
    expect(summary).toContain('**added**');
    await approve(acme, moved.number, ['bob']);
    await acme.check(moved.head.sha, ({ title }) => title.startsWith('Approved:'));
    await acme.people.erin.merge(ACCESS_REPOSITORY, moved.number);
    await acme.grant(dev, 'revoked');
    await acme.grant(staging, 'active');
    expect(await acme.orders.members('orders_reader')).toContain('erin');

    await acme.advance('PT2H1M');
    const over = await acme.grant(staging, 'expired');
    await merged(acme, { who: 'erin', branch: 'again', files: { [staging]: file('1h') } }, ['bob']);
    const again = await acme.grant(staging, 'active');
    expect(again['id']).not.toBe(over['id']);
    await acme.advance('PT1H1M');
    await until('the end of the second', async () => {
      return !(await acme.orders.members('orders_reader')).includes('erin');
    });
  }, 400_000);

  test('invariant 7: a step that is too large to judge ends what it takes away, adds nothing, and does not block later steps', async () => {
    const given = production('in-the-way');
    await merged(acme, {
      who: 'frank',
      branch: 'in-the-way',
      files: { [given]: grantFile({ subject: 'frank' }) },
    });
    await acme.grant(given, 'active');
    const many = Array.from({ length: 3001 }, (_, i): [string, string] => [
      production(`many-${String(i)}`),
      `${grantFile({ subject: 'erin' })}# ${String(i)}\n`,
    ]);
    const pull = await acme.ask('erin', 'many', { ...Object.fromEntries(many), [given]: null });
    const { check } = await denial(acme, pull.head.sha);
    expect(check.title).toContain('it changes more than 3000 files of grants and policies');
    await acme.people.root.merge(ACCESS_REPOSITORY, pull.number);
    await acme.grant(given, 'revoked');
    await comment(acme, pull.number, /Not applied: the step is too large to be judged/);
    const { rows } = await acme.ledger.query(
      `SELECT 1 FROM daypass.grants WHERE path LIKE '%/many-%'`,
    );
    expect(rows).toEqual([]);

    const next = 'access-grants/development/next.yml';
    const files = { [next]: grantFile({ subject: 'frank', ticket: null }) };
    await merged(acme, { who: 'frank', branch: 'next', files }, []);
    await acme.grant(next, 'active');
  }, 400_000);

  test('invariant 8: an extension that lands after the end of its grant is another grant, which nobody approved', async () => {
    const path = production('too-late');
    const asked = (duration: string) => ({ [path]: grantFile({ subject: 'erin', duration }) });
    await merged(acme, { who: 'erin', branch: 'too-late', files: asked('1h') });
    const first = await acme.grant(path, 'active');
    const pull = await approved(acme, { who: 'erin', branch: 'longer', files: asked('3h') });
    await worker.end('SIGTERM');
    await acme.advance('PT2H');
    await acme.people.erin.merge(ACCESS_REPOSITORY, pull.number);
    worker = await acme.start('worker');
    expect((await acme.grant(path, 'expired')).id).toBe(first.id);
    expect(await acme.grant(path, 'requested')).toMatchObject({ quarantined: true });
    expect(await acme.orders.members('orders_reader')).not.toContain('erin');
  }, 400_000);
});
