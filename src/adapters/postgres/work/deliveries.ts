import type pg from 'pg';
import type { Delivery } from '../../../core/work/delivery.js';
import { transaction } from '../../../clients/postgres.js';
import { countQuery } from './lanes.js';
import { CHANNEL, schedule, wakeWorkers } from './schedule.js';
import { readTopic, type Topic } from '../../../core/work/topic.js';
import {
  collapsed,
  topicsOfAll,
  wantsCheck,
  type KnownRepository,
  type Waking,
} from '../../../core/work/topics-of-delivery.js';
import type { SortedDeliveries } from '../../../ports.js';

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

/** So many deliveries are sorted one by one; where more wait, it is a flood. */
const AT_ONCE = 1_000;
/** As many as the database lets web store: so many are removed at once in a flood. */
const MOST_WAITING = 10_000;
/** While so many jobs of its lane wait, no delivery adds another pull request by its number. */
const MOST_PULLS = 1_000;
/** So many that were handled are kept, to tell what is sent again. */
const KEPT = 20_000;

/**
 * A delivery that is sent again after its row is gone counts as new: it says "look" once more. GitHub resends deliveries
 * that are at most 3 days old, its Enterprise Server 7 ("Redelivering webhooks"). Twice as many go as can come.
 */
const FORGET = `
WITH kept AS (
  SELECT handled_at FROM daypass.deliveries WHERE handled_at IS NOT NULL
  ORDER BY handled_at DESC OFFSET $3 LIMIT 1)
DELETE FROM daypass.deliveries WHERE delivery_id IN (
  SELECT delivery_id FROM daypass.deliveries
  WHERE handled_at < GREATEST($1::timestamptz - interval '30 days', (SELECT handled_at FROM kept))
  ORDER BY handled_at LIMIT $2 FOR UPDATE SKIP LOCKED)`;

/**
 * Turns stored deliveries into wanted topics, one bounded batch at a time, whatever waits. In a flood, at most
 * `AT_ONCE` of them are read, and the others are removed unread: what all of them wake together is the tip, and the list
 * of open pull requests. Old ones that were handled are removed, too.
 */
export async function sortDeliveries(pool: pg.Pool, now: Date): Promise<SortedDeliveries> {
  // Runs at each poll, mostly without finding anything.
  const { rowCount } = await pool.query(ANY_STORED);
  if (rowCount === 0) return { sorted: 0, collapsed: 0, woken: 0 };
  const done = await transaction(pool, (client) => sortBatch(client, now));
  await wakeWorkers(pool);
  await pool.query(FORGET, [now, 2 * AT_ONCE, KEPT]);
  return done;
}

/** How many deliveries wait to be sorted, counted up to one more than web can store. */
export async function deliveriesWaiting(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ waiting: number }>(WAITING, [MOST_WAITING + 1]);
  return rows[0]?.waiting ?? 0;
}

const ANY_STORED = 'SELECT FROM daypass.deliveries WHERE handled_at IS NULL LIMIT 1';

const WAITING = `
SELECT count(*)::int AS waiting
FROM (SELECT FROM daypass.deliveries WHERE handled_at IS NULL LIMIT $1) counted`;

const SORT = `
UPDATE daypass.deliveries SET handled_at = $1 WHERE delivery_id IN (
  SELECT delivery_id FROM daypass.deliveries WHERE handled_at IS NULL
  ORDER BY received_at LIMIT $2 FOR UPDATE SKIP LOCKED)
RETURNING event, action, pull_request, ref`;

const COLLAPSE = `
DELETE FROM daypass.deliveries WHERE delivery_id IN (
  SELECT delivery_id FROM daypass.deliveries WHERE handled_at IS NULL
  ORDER BY received_at LIMIT $1 FOR UPDATE SKIP LOCKED)`;

async function sortBatch(client: pg.ClientBase, now: Date): Promise<SortedDeliveries> {
  const { rows } = await client.query<Waking>(SORT, [now, AT_ONCE]);
  const flood = rows.length === AT_ONCE;
  const removed = flood ? await client.query(COLLAPSE, [MOST_WAITING]) : null;
  // What is remembered as shown is not written again. Of a fork no pull request is named: all are looked at then,
  // and to write the check on every one of them would cost more than one that waits for the next push.
  const rerun = rows.filter(wantsCheck).flatMap(({ pull_request }) => pull_request ?? []);
  if (rerun.length > 0) await client.query(SHOW_AGAIN, [rerun]);
  const wanted_at = now.toISOString();
  const woken = topicsOfAll(rows, await knownTo(client, rows));
  const many = flood || (await lineIsLong(client, woken));
  const topics = many ? collapsed(woken) : woken;
  await schedule(
    client,
    topics.map((topic) => ({ topic, wanted_at })),
  );
  const all = rows.length + (removed?.rowCount ?? 0);
  const done = many ? { sorted: 0, collapsed: all } : { sorted: all, collapsed: 0 };
  return { ...done, woken: topics.length };
}

/** What the ledger knows of the repository, and of the pull requests that some deliveries name. */
async function knownTo(client: pg.ClientBase, named: readonly Waking[]): Promise<KnownRepository> {
  const numbers = named.flatMap(({ pull_request }) => pull_request ?? []);
  const { rows } = await client.query<{ default_branch: string | null; listed: number[] }>(KNOWN, [
    numbers,
  ]);
  const [{ default_branch, listed } = { default_branch: null, listed: [] }] = rows;
  return { default_branch, listed: new Set(listed) };
}

/** One that touches neither folder is only read if the list shows another head: it was judged. */
const KNOWN = `
SELECT
  (SELECT body::json #>> '{source,default_branch}' FROM daypass.entries
   WHERE kind = 'ledger.started' ORDER BY seq DESC LIMIT 1) AS default_branch,
  ARRAY (SELECT pull_request FROM daypass.shown
         WHERE pull_request = ANY ($1::bigint[]) AND listed AND NOT touches_nothing) AS listed`;

async function lineIsLong(client: pg.ClientBase, woken: readonly Topic[]): Promise<boolean> {
  if (!woken.some((topic) => readTopic(topic)?.kind === 'pull')) return false;
  const { rows } = await client.query<{ rows: number }>(countQuery('others'), [MOST_PULLS]);
  return (rows[0]?.rows ?? 0) >= MOST_PULLS;
}

/**
 * Of what touches neither folder only the list is read, which then shows it as if it had never been seen. Locked in one
 * order, so that no two callers wait for each other.
 */
const SHOW_AGAIN = `
UPDATE daypass.shown SET "check" = NULL,
  seen = CASE WHEN touches_nothing THEN NULL ELSE seen END
WHERE pull_request IN (
  SELECT pull_request FROM daypass.shown WHERE pull_request = ANY ($1::bigint[])
  ORDER BY pull_request FOR UPDATE)`;
