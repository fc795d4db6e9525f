import { describe, expect, test } from '@jest/globals';
import { ACCESS_REPOSITORY } from '../../../lab/acme/acme.js';
import { ACTIVATED } from './given-once.js';
import type { Stage } from './stage.js';

const STORE = 'INSERT INTO daypass.deliveries';

export function webIsKilled(on: () => Stage): void {
  const opened = (number: number) => {
    const found = on()
      .acme.github.github.deliveries.list()
      .find(
        ({ event, payload }) =>
          event === 'pull_request' && (payload as { number?: number }).number === number,
      );
    if (!found) throw new Error(`GitHub sends nothing of pull request ${String(number)}`);
    return found;
  };
  const rows = async (id: string) => {
    const { rowCount } = await on().acme.ledger.query(
      'SELECT FROM daypass.deliveries WHERE delivery_id = $1',
      [id],
    );
    return rowCount;
  };
  const statuses = (number: number) => opened(number).attempts.map(({ status }) => status);

  describe('web is killed', () => {
    test('invariant 17: after the row of a delivery and before the answer: sending it again makes no second row', async () => {
      const { acme, wires, kill, start, push, green, entries, quiet } = on();
      const { open } = await push('alice');
      await quiet();
      const stored = wires.ledger.stop(STORE, 'unanswered');
      const pull = await open();
      await stored;
      await kill('web');
      await acme.github.github.deliveries.settled();
      const { id } = opened(pull.number);
      expect(statuses(pull.number)).toEqual([null]);
      expect(await rows(id)).toBe(1);
      const check = await green(pull);

      await start('web');
      await acme.github.github.deliveries.replay(id);
      expect(statuses(pull.number)).toEqual([null, 200]);
      expect(await rows(id)).toBe(1);
      await quiet();
      expect(await green(pull)).toEqual(check);
      expect(await entries('decision.made', pull)).toBe(1);
    }, 240_000);

    test('invariant 17: before the row: GitHub gets no success, and sending it again recovers', async () => {
      const { acme, wires, kill, start, push, green, quiet } = on();
      const { open } = await push('alice');
      await quiet();
      const storing = wires.ledger.stop(STORE, 'unsent');
      const pull = await open();
      await storing;
      await kill('web');
      await acme.github.github.deliveries.settled();
      const { id } = opened(pull.number);
      expect(statuses(pull.number)).toEqual([null]);
      expect(await rows(id)).toBe(0);

      await start('web');
      await acme.github.github.deliveries.replay(id);
      expect(statuses(pull.number)).toEqual([null, 200]);
      expect(await rows(id)).toBe(1);
      await green(pull);
    }, 240_000);

    test('invariant 17: and stays down: the worker finds at boot what was opened and what was merged', async () => {
      const { acme, kill, start, ask, green, told } = on();
      await kill('web');
      await kill('worker');
      const { path, pull } = await ask('alice');
      await acme.github.github.deliveries.settled();
      expect(statuses(pull.number)).toEqual([null]);
      await start('worker');
      await green(pull);

      await kill('worker');
      await acme.people.alice.merge(ACCESS_REPOSITORY, pull.number);
      await start('worker');
      await acme.grant(path, 'active');
      await start('web');
      await acme.advance('PT1H');
      await acme.grant(path, 'expired');
      expect(await told(path)).toEqual([...ACTIVATED, 'grant.expired']);
    }, 240_000);
  });
}
