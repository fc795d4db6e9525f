import { describe, expect, test } from '@jest/globals';
import type { NewEntry } from '../../../src/core/ledger/events.js';
import type { GrantRecord } from '../../../src/core/grant/record.js';
import { endDeparted, type EndDepartedWorld } from '../../../src/workflows/land/end-departed.js';
import { source } from '../../adapters/postgres/entries.js';
import { minute, record, told } from '../../../lab/acme/story.js';
import { worldOf } from '../world.js';

const story = [told.approved(0, { member: true }), told.activating(), told.activated()];
const member = record(...story);
const outsider = record(told.approved(), told.activating(), told.activated());

/** A worker whose GitHub says who has left, and what it did. */
function worker(live: readonly GrantRecord[], left: () => Promise<readonly number[] | null>) {
  const written: NewEntry[] = [];
  const asked: unknown[] = [];
  const logged: string[] = [];
  const world = worldOf(null, {
    clock: { now: async () => new Date(minute(30)) },
    ledger: {
      state: async () => ({ started: { source }, policy: null, stopped: null }),
      grants: async () => live,
      append: async (_: Date, entries: readonly NewEntry[]) => void written.push(...entries),
    },
    pullRequests: {
      departed: async (...of: unknown[]) => {
        asked.push(of);
        return left();
      },
    },
  }) as EndDepartedWorld;
  Object.assign(world.log, { error: (_: object, message: string) => logged.push(message) });
  return { run: () => endDeparted(world), written, asked, logged };
}

describe('invariant 16: somebody leaves the organisation', () => {
  test('ends their grant, asked about by id in the recorded organisation', async () => {
    const { run, written, asked } = worker([member], async () => [member.subject.id]);
    await run();
    expect(asked).toEqual([[source.owner_id, [member.subject]]]);
    expect(written).toMatchObject([{ kind: 'grant.ending', grant: member.id }]);
  });

  test('GitHub is not asked about people who were never members', async () => {
    const { run, asked } = worker([outsider], async () => []);
    await run();
    expect(asked).toEqual([]);
  });

  test('what GitHub does not say for certain ends nothing', async () => {
    const fault = new Error('the list was cut');
    const { run, written } = worker([member], () => Promise.reject(fault));
    await expect(run()).rejects.toThrow(fault);
    expect(written).toEqual([]);
  });

  test('invariant 20: too many at once are held: each is recorded, and somebody is told, once', async () => {
    const eleven = (of: GrantRecord) =>
      Array.from({ length: 11 }, (_, id) => ({ ...of, subject: { id, login: 'x' } }));
    const all = async () => eleven(member).map(({ subject }) => subject.id);
    const { run, written, logged } = worker(eleven(member), all);
    await run();
    expect(written.map(({ kind }) => kind)).toEqual(Array(11).fill('grant.end_held'));
    expect(logged).toEqual([expect.stringContaining('11 of the 11 people')]);

    const held = record(...story, told.held(5));
    const later = worker(eleven(held), all);
    await later.run();
    expect([later.written, later.logged]).toEqual([[], []]);
  });

  test('what is held stays so where nobody can tell who is a member, and is released for who is back', async () => {
    const held = record(...story, told.held(5));
    const unknown = worker([held], async () => null);
    await unknown.run();
    expect(unknown.written).toEqual([]);
    const back = worker([held], async () => []);
    await back.run();
    expect(back.written).toMatchObject([{ kind: 'grant.end_released', grant: held.id }]);
  });
});
