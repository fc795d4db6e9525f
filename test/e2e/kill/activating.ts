import { describe, expect, test } from '@jest/globals';
import type { Moment } from '../../support/wire.js';
import { ACTIVATED, givenOnce } from './given-once.js';
import type { Stage } from './stage.js';

interface Row {
  readonly when: string;
  readonly on: keyof Stage['wires'];
  readonly text: string;
  readonly moment: Moment;
  /** What the ledger says about the grant when the worker is dead. */
  readonly told: readonly string[];
  readonly real: boolean;
  /** What the worker had taken is waited for until its holds run out. */
  readonly holds?: 'left';
}

const APPROVED = ['grant.approved'];
const INTENDED = [...APPROVED, 'grant.activating'];
const GRANT = 'GRANT "orders_reader" TO "alice"';
const entry = (kind: string) => ({ on: 'ledger', text: `"kind":"${kind}"` }) as const;

const rows: Row[] = [
  {
    when: 'before a step is written',
    ...entry('step.landed'),
    moment: 'unsent',
    told: [],
    real: false,
  },
  {
    when: 'after a step was written',
    ...entry('step.landed'),
    moment: 'committed',
    told: APPROVED,
    real: false,
  },
  {
    when: 'before the intent is written',
    ...entry('grant.activating'),
    moment: 'unsent',
    told: APPROVED,
    real: false,
  },
  {
    when: 'after the intent and before the call',
    ...entry('grant.activating'),
    moment: 'committed',
    told: INTENDED,
    real: false,
  },
  {
    when: 'in the call, which comes to nothing',
    on: 'target',
    text: GRANT,
    moment: 'unanswered',
    told: INTENDED,
    real: false,
    holds: 'left',
  },
  {
    when: 'after the call and before its outcome',
    on: 'target',
    text: GRANT,
    moment: 'committed',
    told: INTENDED,
    real: true,
  },
  {
    when: 'before the outcome is written',
    ...entry('grant.activated'),
    moment: 'unsent',
    told: INTENDED,
    real: true,
  },
  {
    when: 'after the outcome was written',
    ...entry('grant.activated'),
    moment: 'committed',
    told: ACTIVATED,
    real: true,
  },
];

export function workerIsKilledActivating(on: () => Stage): void {
  describe('the worker is killed', () => {
    test.each(rows)(
      'invariants 17, 18, 21: $when: access is given once, recorded before, and ended at its time',
      async ({ on: way, text, moment, told, real, holds }) => {
        const stage = on();
        const reached = stage.wires[way].stop(text, moment);
        const asked = await stage.merge('alice');
        await reached;
        await stage.kill('worker', holds);
        expect(await stage.told(asked.path)).toEqual(told);
        expect(await stage.readers()).toEqual(real ? ['alice'] : []);

        await stage.start('worker');
        await givenOnce(stage, 'alice', asked);
      },
      240_000,
    );

    test('after the outcome and while GitHub accepts its comment: the comment is found again', async () => {
      const stage = on();
      const { acme } = stage;
      acme.github.github.faults.add({
        match: { method: 'POST', route: '/repos/{owner}/{repo}/issues/{issue_number}/comments' },
        do: { after: true, delay_ms: 600_000, drop: true },
        times: 1,
      });
      const { path, pull } = await stage.merge('alice');
      await acme.grant(path, 'active');
      await stage.comments(pull, /Daypass/);
      await stage.kill('worker');
      await stage.start('worker');
      expect(await stage.comments(pull, /\*\*active/)).toHaveLength(1);
      await acme.advance('PT1H');
      expect(await stage.comments(pull, /ended at its time/)).toHaveLength(1);
    }, 240_000);
  });
}
