import { describe, expect, test } from '@jest/globals';
import { until } from '../../../lab/until.js';
import { endLeases } from '../../support/holds.js';
import type { Moment } from '../../support/wire.js';
import { ACTIVATED, givenOnce } from './given-once.js';
import type { Stage } from './stage.js';

interface Row {
  readonly when: string;
  readonly kind: string;
  readonly moment: Moment;
  readonly real: boolean;
}

const rows: Row[] = [
  { when: 'before a step is committed', kind: 'step.landed', moment: 'unsent', real: false },
  {
    when: 'after a step was committed, its answer lost',
    kind: 'step.landed',
    moment: 'committed',
    real: false,
  },
  { when: 'before the intent', kind: 'grant.activating', moment: 'unsent', real: false },
  {
    when: 'after the intent, its answer lost',
    kind: 'grant.activating',
    moment: 'committed',
    real: false,
  },
  { when: 'before the outcome', kind: 'grant.activated', moment: 'unsent', real: true },
  {
    when: 'after the outcome, its answer lost',
    kind: 'grant.activated',
    moment: 'committed',
    real: true,
  },
];

/** Neither web nor worker is started again here: they survive it. */
export function ledgerIsKilled(on: () => Stage): void {
  /** Starts it again; the call on a slot broke off with it, so nobody waits for the lease on that to run out. */
  const restart = async () => {
    const { acme, server } = on();
    await server.start();
    await endLeases(acme.ledger);
  };

  describe('the PostgreSQL of the ledger is killed', () => {
    test.each(rows)(
      'invariants 17, 21: $when: access is given once, recorded before, and ended at its time',
      async ({ kind, moment, real }) => {
        const stage = on();
        const { server } = stage;
        const reached = stage.wires.ledger.stop(`"kind":"${kind}"`, moment);
        const asked = await stage.merge('dave');
        await reached;
        await server.kill();
        expect(await stage.readers()).toEqual(real ? ['dave'] : []);
        await restart();
        await givenOnce(stage, 'dave', asked);
      },
      240_000,
    );

    test.each<Moment>(['unsent', 'committed'])(
      'invariants 17, 21: while a decision is written (%s): it is written once, and shown',
      async (moment) => {
        const { server, wires, push, green, entries, quiet } = on();
        const { open } = await push('dave');
        await quiet();
        const reached = wires.ledger.stop('"kind":"decision.made"', moment);
        const pull = await open();
        await reached;
        await server.kill();
        await server.start();
        await green(pull);
        expect(await entries('decision.made', pull)).toBe(1);
      },
      240_000,
    );

    test('invariant 17: while a delivery is stored, and the answer is lost: GitHub gets no success, and nothing is lost', async () => {
      const { acme, server, wires, push, green, entries, quiet } = on();
      const { open } = await push('dave');
      await quiet();
      const reached = wires.ledger.stop('INSERT INTO daypass.deliveries', 'unanswered');
      const pull = await open();
      await reached;
      await server.kill();
      await acme.github.github.deliveries.settled();
      const sent = acme.github.github.deliveries
        .list()
        .findLast(({ event }) => event === 'pull_request');
      expect(sent?.attempts.map(({ status }) => status)).toEqual([503]);
      await server.start();
      await acme.github.github.deliveries.replay(sent?.id ?? '');
      expect(sent?.attempts.map(({ status }) => status)).toEqual([503, 200]);
      await green(pull);
      expect(await entries('decision.made', pull)).toBe(1);
      const { rowCount } = await acme.ledger.query(
        'SELECT FROM daypass.deliveries WHERE delivery_id = $1',
        [sent?.id],
      );
      expect(rowCount).toBe(1);
    }, 240_000);

    test('invariants 14, 21: during an end: access is taken away without a record, which follows', async () => {
      const { acme, server, wires, merge, told, readers } = on();
      const { path } = await merge('dave');
      await acme.grant(path, 'active');
      const reached = wires.ledger.stop('"kind":"grant.expired"', 'unsent');
      await acme.advance('PT1H');
      await reached;
      await server.kill();
      expect(await readers()).toEqual([]);
      await restart();
      await acme.grant(path, 'expired');
      // Where the restart takes longer than a hold, that end was made without the ledger, too.
      const kinds = (await told(path)).filter((kind) => kind !== 'grant.taken_away');
      expect(kinds).toEqual([...ACTIVATED, 'grant.expired']);
    }, 240_000);

    test('invariants 17, 21: and is down when an end is due and GitHub sends: access ends, web answers 503, and everything follows', async () => {
      const { acme, server, merge, push, green, told, readers } = on();
      const { path } = await merge('dave');
      await acme.grant(path, 'active');
      const { open } = await push('erin');
      const { deliveries } = acme.github.github;
      await server.kill();
      await acme.advance('PT1H');
      const pull = await open();
      await deliveries.settled();
      const sent = deliveries.list().filter(({ event }) => event === 'pull_request');
      const last = sent[sent.length - 1];
      expect(last?.attempts.map(({ status }) => status)).toEqual([503]);
      await until('the end without the ledger', async () => (await readers()).length === 0);
      await server.start();
      await acme.grant(path, 'expired');
      await until('its entry', async () => (await told(path)).includes('grant.taken_away'));
      expect((await told(path)).toSorted()).toEqual(
        [...ACTIVATED, 'grant.taken_away', 'grant.expired'].toSorted(),
      );
      expect(await readers()).toEqual([]);
      await deliveries.replay(last?.id ?? '');
      expect(last?.attempts.map(({ status }) => status)).toEqual([503, 200]);
      await green(pull);
    }, 240_000);
  });
}
