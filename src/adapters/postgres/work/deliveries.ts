import type pg from 'pg';
import type { Delivery } from '../../../core/work/delivery.js';
import { transaction } from '../../../clients/postgres.js';
import { CHANNEL, schedule } from './schedule.js';
import { topicsOf, wantsCheck } from '../../../core/work/topics-of-delivery.js';

/**
 * Stores a delivery and wakes a worker; the same id again adds no second row. For web, whose role may do nothing else
 * (invariant 25). Throws if the row could not be written: the pool's statement timeout must leave web time to answer
 * 503.
 */
export async function storeDelivery(pool: pg.Pool, delivery: Delivery): Promise<void> {
  const { id, event, action, installation_id, repository_id, pull_request, ref } = delivery;
  await pool.query(STORE, [
    id,
    event,
    action,
    installation_id,
    repository_id,
    pull_request,
    ref,
    CHANNEL,
  ]);
}

const STORE = `
WITH stored AS (
  INSERT INTO daypass.deliveries
    (delivery_id, event, action, installation_id, repository_id, pull_request, ref)
  VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
)
SELECT pg_notify($8, '')`;

const AT_ONCE = 1_000;

/**
 * A delivery that is sent again after its row is gone counts as new. GitHub resends deliveries that are at most 3 days
 * old, its Enterprise Server 7 ("Redelivering webhooks").
 */
const FORGET = `
DELETE FROM daypass.deliveries WHERE delivery_id IN (
  SELECT delivery_id FROM daypass.deliveries
  WHERE handled_at < $1::timestamptz - interval '30 days'
  ORDER BY handled_at LIMIT $2 FOR UPDATE SKIP LOCKED)`;

/** Turns stored deliveries into wanted topics; returns how many. If there were some, old ones are removed. */
export async function sortDeliveries(pool: pg.Pool, now: Date): Promise<number> {
  // Runs at each poll, mostly without finding anything.
  const { rowCount } = await pool.query(ANY_STORED);
  let sorted = 0;
  while (rowCount !== 0) {
    const batch = await transaction(pool, (client) => sortBatch(client, now));
    sorted += batch;
    if (batch < AT_ONCE) break;
  }
  if (sorted > 0) await pool.query(FORGET, [now, AT_ONCE]);
  return sorted;
}

const ANY_STORED = 'SELECT FROM daypass.deliveries WHERE handled_at IS NULL LIMIT 1';

async function sortBatch(client: pg.ClientBase, now: Date): Promise<number> {
  const { rows } = await client.query<Pick<Delivery, 'event' | 'action' | 'pull_request'>>(
    `UPDATE daypass.deliveries SET handled_at = $1 WHERE delivery_id IN (
       SELECT delivery_id FROM daypass.deliveries WHERE handled_at IS NULL
       ORDER BY received_at LIMIT $2 FOR UPDATE SKIP LOCKED)
     RETURNING event, action, pull_request`,
    [now, AT_ONCE],
  );
  // What is remembered as shown is not written again. Of a fork no pull request is named: all are looked at then,
  // and to write the check on every one of them would cost more than one that waits for the next push.
  const rerun = rows.filter(wantsCheck).flatMap(({ pull_request }) => pull_request ?? []);
  if (rerun.length > 0) await client.query(SHOW_AGAIN, [rerun]);
  const wanted_at = now.toISOString();
  const topics = new Set(rows.flatMap((row) => topicsOf(row)));
  await schedule(
    client,
    [...topics].map((topic) => ({ topic, wanted_at })),
  );
  return rows.length;
}

/** Locked in one order, so that no two callers wait for each other. */
const SHOW_AGAIN = `
UPDATE daypass.shown SET "check" = NULL WHERE pull_request IN (
  SELECT pull_request FROM daypass.shown WHERE pull_request = ANY ($1::bigint[])
  ORDER BY pull_request FOR UPDATE)`;
