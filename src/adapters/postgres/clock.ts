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

/** A test's clock: `url` answers with a timestamp in RFC 3339 as text (`DAYPASS_CLOCK`), within 2 s. */
export function createTestClock(url: string): Clock {
  const read = createSharedRead(async () => {
    const { ok, status, text } = await within(2_000, async (signal) => {
      const answer = await fetch(url, { signal });
      const text = (await answer.text()).trim().slice(0, 100);
      return { ok: answer.ok, status: answer.status, text };
    });
    const told = parseTimestamp(text);
    if (!ok || !told.ok) {
      throw new Error(`DAYPASS_CLOCK answered ${status} "${text}", not a timestamp`);
    }
    return told.at;
  });
  return { now: async () => new Date(await read()) };
}
