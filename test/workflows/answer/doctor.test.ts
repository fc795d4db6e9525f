import { expect, test } from '@jest/globals';
import type { Cursor } from '../../../src/ports.js';
import { examineWorld, type DoctorWorld } from '../../../src/workflows/answer/doctor.js';

const away = () => Promise.reject(new Error('it is away'));

/** A world in which nothing answers but what is given. */
async function visit(given: Partial<DoctorWorld>) {
  const world = {
    ledger: { state: away },
    repository: { source: away },
    outbox: null,
    ...given,
  } as unknown as DoctorWorld;
  const said: string[] = [];
  for await (const { about, is, found } of examineWorld(world))
    said.push(`${is} ${about}: ${found}`);
  return said;
}

test('what cannot be looked at keeps nothing else from being looked at', async () => {
  expect(await visit({})).toEqual([
    'unsure ledger: could not be checked: it is away',
    'good events out: not sent anywhere: EVENTS_URL is not set',
    'unsure policy: could not be checked: it is away',
  ]);
});

test.each<[string, Partial<Cursor>, string]>([
  ['takes all', { seq: 9 }, 'good events out: the receiver accepts events'],
  [
    'fails',
    { failures: 3 },
    'bad events out: 3 calls in a row failed; 5 entries are waiting to be sent',
  ],
  [
    'asked for no more',
    { paused: true },
    'bad events out: paused: the receiver wants no more; 5 entries are waiting to be sent',
  ],
])('a receiver of events that %s', async (_, more, line) => {
  const cursor: Cursor = { seq: 4, head: 9, failures: 0, retry_at: null, paused: false, ...more };
  expect(await visit({ outbox: { cursor: () => Promise.resolve(cursor) } })).toContain(line);
});
