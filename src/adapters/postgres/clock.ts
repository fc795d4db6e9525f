import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import { parseTimestamp } from '../../core/reading/timestamp.js';
import type { Clock } from '../../ports.js';
import { within } from '../../clients/deadline.js';
import { createSharedRead } from '../../clients/group.js';

/** The database's time (invariant 13); bounded by the pool's own timeouts. */
export function createClock(pool: pg.Pool): Clock {
  const read = createSharedRead(async () => {
    const { rows } = await pool.query<{ now: string }>('SELECT clock_timestamp() AS now');
    const [row] = rows;
    if (!row) throw new Error('The database did not answer with a time');
    return row.now;
  });
  return { now: async () => new Date(await read()) };
}

const timeOf = (text: string): number => {
  const told = parseTimestamp(text);
  if (!told.ok) throw new Error(`DAYPASS_CLOCK says "${text}", which is not a timestamp`);
  return Date.parse(told.at);
};

/** The text of an address, within 2 s. */
const textAt = (url: string): Promise<string> =>
  within(2_000, async (signal) => {
    const answer = await fetch(url, { signal });
    const text = (await answer.text()).trim().slice(0, 100);
    return answer.ok ? text : `${String(answer.status)} ${text}`;
  });

/**
 * A test's clock (`DAYPASS_CLOCK`). An address answers with a timestamp in RFC 3339. A file says one and when it was that
 * time, in milliseconds of this machine since 1970; without the latter, time stands still.
 */
export function createTestClock(url: string): Clock {
  if (url.startsWith('file:')) {
    const file = new URL(url);
    return {
      now: async () => {
        const text = await readFile(file, 'utf8');
        const [, at = text, since] = /^(\S+)(?: (\d+))?$/.exec(text) ?? [];
        return new Date(timeOf(at) + (since === undefined ? 0 : Date.now() - Number(since)));
      },
    };
  }
  const read = createSharedRead(() => textAt(url));
  return { now: async () => new Date(timeOf(await read())) };
}
