import { describe, expect, test } from '@jest/globals';
import { ACCESS_REPOSITORY } from '../../../lab/acme/acme.js';
import { grantFile } from '../../../lab/acme/grant-file.js';
import { until } from '../../../lab/until.js';
import type { Stage } from './stage.js';

/** Longer than any test: the call is never carried out. */
const NEVER = { delay_ms: 600_000, drop: true };

export function workerIsKilledJudging(on: () => Stage): void {
  /** Hangs the next such call at GitHub; resolves when it has arrived. */
  const hang = (route: string) => {
    const { faults } = on().acme.github.github;
    faults.add({ match: { method: 'POST', route }, do: NEVER, times: 1 });
    return async () => void (await until(`POST ${route}`, async () => !faults.list().length));
  };

  describe('the worker is killed', () => {
    test('invariant 17: before it read a delivery that is stored', async () => {
      const { acme, kill, start, ask, green, entries } = on();
      await kill('worker');
      const { pull } = await ask('bob');
      await acme.github.github.deliveries.settled();
      const { rowCount } = await acme.ledger.query(
        `SELECT FROM daypass.deliveries
         WHERE pull_request = $1 AND event = 'pull_request' AND handled_at IS NULL`,
        [pull.number],
      );
      expect(rowCount).toBe(1);
      await start('worker');
      await green(pull);
      expect(await entries('decision.made', pull)).toBe(1);
    }, 240_000);

    test('invariant 17: while it reads what a delivery is about: another worker takes the job over', async () => {
      const { acme, kill, start, push, green, entries, quiet } = on();
      const { open } = await push('bob');
      await quiet();
      const reading = hang('GIT upload-pack');
      const pull = await open();
      await reading();
      await kill('worker', 'left');
      const { rows } = await acme.ledger.query<{ taken: boolean }>(
        'SELECT taken_by IS NOT NULL AS taken FROM daypass.work WHERE topic = $1',
        [`pull:${String(pull.number)}`],
      );
      expect(rows).toEqual([{ taken: true }]);
      expect(await entries('decision.made', pull)).toBe(0);
      await start('worker');
      await green(pull);
      expect(await entries('decision.made', pull)).toBe(1);
    }, 240_000);

    test('invariant 21: after the decision was written and before the check: the same is shown, and written once', async () => {
      const { acme, kill, start, entries } = on();
      const path = 'access-grants/production/bob-orders.yml';
      const pull = await acme.ask('frank', 'frank-orders', {
        [path]: grantFile({ subject: 'frank' }),
      });
      await acme.check(pull.head.sha, ({ title }) => title.includes('0 of 2'));
      await acme.people.bob.review(ACCESS_REPOSITORY, pull.number, 'APPROVE');
      await acme.check(pull.head.sha, ({ title }) => title.includes('1 of 2'));
      const before = await entries('decision.made', pull);
      const showing = hang('/repos/{owner}/{repo}/check-runs');
      await acme.people.carol.review(ACCESS_REPOSITORY, pull.number, 'APPROVE');
      await showing();
      await kill('worker');
      expect(await entries('decision.made', pull)).toBe(before + 1);
      expect(await entries('review.seen', pull)).toBe(2);

      await start('worker');
      await acme.check(pull.head.sha, ({ title }) => title.startsWith('Approved:'));
      expect(await entries('decision.made', pull)).toBe(before + 1);
      expect(await entries('review.seen', pull)).toBe(2);
      const { total_count } = await acme.people.root.must<{ total_count: number }>(
        'GET',
        `/repos/${ACCESS_REPOSITORY}/commits/${pull.head.sha}/check-runs?filter=all`,
      );
      expect(total_count).toBe(3);
    }, 240_000);
  });
}
