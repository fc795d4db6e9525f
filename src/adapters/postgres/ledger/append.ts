import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { ChainHead } from '../../../core/ledger/chain.js';
import { Conflict } from '../../../ports.js';
import {
  assemble,
  grantsOf,
  plans,
  wants,
  type Append,
  type Batch,
  type AppendResult,
} from './batch.js';
import { isContentRefused, transaction } from '../../../clients/postgres.js';
import { archivedText, entryRow, grantRow, recordOf } from './rows.js';
import { schedule, wakeWorkers } from '../work/schedule.js';

/** Why nothing can be read or written before `release` has run. */
export const NO_HEAD =
  'the ledger is empty: run the process `release` (node dist/bin/release.js) before the others';

/**
 * Writes a group of appends in one transaction, and returns each one's outcome. Each keeps its own `expect`; if the
 * group is refused because of the content of one of them, or for its length, each is written alone.
 */
export async function write(
  pool: pg.Pool,
  appends: readonly Append[],
): Promise<readonly AppendResult[]> {
  try {
    return await writeOnce(pool, appends);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    if (appends.length === 1) return [{ refused: refusal(error) }];
    const outcomes: AppendResult[] = [];
    for (const append of appends) outcomes.push(...(await write(pool, [append])));
    return outcomes;
  }
}

/**
 * If the connection breaks during the commit, its outcome is unknown. The hash of the first entry settles it: it is
 * chained to all entries before, so it is in the ledger exactly if this transaction was committed. It is looked up
 * under the head's lock, which waits for a commit still under way.
 */
async function writeOnce(
  pool: pg.Pool,
  appends: readonly Append[],
): Promise<readonly AppendResult[]> {
  const stored: Batch[] = [];
  try {
    const outcomes = await transaction(pool, async (client) => {
      const batch = await assembleLocked(client, appends);
      await store(client, batch);
      stored.push(batch);
      return batch.outcomes;
    });
    await wakeWorkers(pool);
    return outcomes;
  } catch (error) {
    for (const { entries, outcomes } of stored) {
      if (entries[0] && (await isWritten(pool, entries[0], error))) return outcomes;
    }
    throw error;
  }
}

/** Throws if it cannot be determined: read the ledger before trying again. */
async function isWritten(pool: pg.Pool, { seq, hash }: ChainHead, lost: unknown): Promise<boolean> {
  for (const pause of [0, 100, 400, 1_600]) {
    await sleep(pause);
    try {
      return await transaction(pool, async (client) => {
        await client.query(LOCK_HEAD);
        const found = await client.query(
          'SELECT FROM daypass.entries WHERE seq = $1 AND hash = $2',
          [seq, hash],
        );
        return found.rowCount === 1;
      });
    } catch {
      // The database is still away.
    }
  }
  const message = `The connection broke while entry ${seq} was being committed; it is unknown whether it was`;
  throw new Error(message, { cause: lost });
}

async function assembleLocked(client: pg.ClientBase, appends: readonly Append[]): Promise<Batch> {
  const [head] = (await client.query<ChainHead>(LOCK_HEAD)).rows;
  if (!head) throw new Error(NO_HEAD);
  const known = await client.query<{ id: string; record: string }>(
    'SELECT id, record FROM daypass.grants WHERE id = ANY ($1)',
    [grantsOf(appends)],
  );
  const limited = appends.some(({ expect }) => expect.room !== undefined);
  const others = limited
    ? (await client.query<{ id: string; record: string }>(UNREVIEWED)).rows
    : [];
  const grants = new Map([...known.rows, ...others].map((row) => [row.id, recordOf(row)]));
  // Most appends concern grants, and do not depend on the step.
  const asks = appends.some(({ expect }) => expect.last_step !== undefined);
  const [last] = asks ? (await client.query<{ step: string }>(LAST_STEP)).rows : [];
  return assemble({ head, grants, last_step: last?.step ?? null }, appends);
}

async function store(client: pg.ClientBase, batch: Batch): Promise<void> {
  if (batch.entries.length > 0) {
    await client.query(INSERT_ENTRIES, [JSON.stringify(batch.entries.map(entryRow))]);
    const { seq, hash } = batch.ledger.head;
    await client.query('UPDATE daypass.head SET seq = $1, hash = $2', [seq, hash]);
  }
  if (batch.changed.length > 0) {
    await client.query(UPSERT_GRANTS, [JSON.stringify(batch.changed.map(grantRow))]);
  }
  for (const { archive, now } of batch.appends) {
    if (archive) {
      await client.query(ARCHIVE, [archive.id, ...archivedText(archive), now]);
    }
  }
  await schedule(client, wants(batch), plans(batch));
}

/** Content that the server refuses, or a statement too long to be built at all: the others of the group can be written. */
const isRefusal = (error: unknown): error is pg.DatabaseError | RangeError =>
  error instanceof RangeError || isContentRefused(error);

function refusal(error: pg.DatabaseError | RangeError): Error {
  if ('constraint' in error && error.constraint === 'entries_review') {
    return new Conflict('The first sight of this review is already recorded', { cause: error });
  }
  return error;
}

/** The grants that have begun and that nobody reviewed; the text is only looked at to read few of them. */
const UNREVIEWED = `
SELECT id, record FROM daypass.grants
WHERE state IN ('activating', 'active') AND position('"unreviewed":true' in record) > 0`;

const LOCK_HEAD = 'SELECT seq, hash FROM daypass.head FOR UPDATE';

/** A first start and a step both name the last applied commit of the default branch. */
export const LAST_STEP = `
SELECT body::json ->> CASE kind WHEN 'step.landed' THEN 'commit' ELSE 'step' END AS step
FROM daypass.entries WHERE kind IN ('ledger.started', 'step.landed') ORDER BY seq DESC LIMIT 1`;

const INSERT_ENTRIES = `
INSERT INTO daypass.entries
  (seq, at, kind, grant_id, pull_request, review, body, previous, hash)
SELECT * FROM json_to_recordset($1) AS r(seq bigint, at timestamptz, kind text, grant_id text,
  pull_request integer, review bigint, body text, previous text, hash text)`;

const UPSERT_GRANTS = `
INSERT INTO daypass.grants
SELECT * FROM json_populate_recordset(NULL::daypass.grants, $1)
ON CONFLICT (id) DO UPDATE SET
  path = excluded.path, state = excluded.state, pull_request = excluded.pull_request,
  quarantined = excluded.quarantined,
  overdue = excluded.overdue, drifted = excluded.drifted, subject_id = excluded.subject_id,
  provider = excluded.provider, target = excluded.target, object = excluded.object,
  identity = excluded.identity, landed_at = excluded.landed_at, starts_at = excluded.starts_at,
  ends_at = excluded.ends_at, ended_at = excluded.ended_at, version = excluded.version,
  record = excluded.record`;

const ARCHIVE = `
INSERT INTO daypass.policy_trees (id, files, executable, archived_at) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING`;
