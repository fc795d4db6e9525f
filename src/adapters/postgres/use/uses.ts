import type pg from 'pg';
import { canonical } from '../../../core/reading/canonical.js';
import { useOfText, type UseRow, type UsesAsked } from '../../../core/use/use-row.js';
import type { OpenBatch, UseBatches, UseLogOut } from '../../../ports.js';
import { isContentRefused, onOne } from '../../../clients/postgres.js';

/** The port `UseLogOut`, with the rights of the decision processes' role. */
export function createUseLog(pool: pg.Pool): UseLogOut {
  const insert = async (texts: readonly string[]) => {
    await pool.query(INSERT, [`[${texts.join(',')}]`]);
  };
  return {
    write: async (rows, lost) => {
      const all = rows.map((row, index) =>
        canonical(index === 0 && lost.allowed + lost.denied > 0 ? { ...row, lost } : row),
      );
      try {
        await insert(all);
        return 0;
      } catch (error) {
        if (!isContentRefused(error)) throw error;
      }
      // One that the database does not take must not keep the others from being written.
      let refused = 0;
      for (const row of all) {
        try {
          await insert([row]);
        } catch (error) {
          if (!isContentRefused(error)) throw error;
          refused += 1;
        }
      }
      return refused;
    },
  };
}

/** The number of the advisory lock of whoever gathers uses; other software on this database is unlikely to use it. */
const LOCK = 4_702_111_234_474_983_746n;

/** The port `UseBatches`, with the rights of the worker's role. */
export function createUseBatches(pool: pg.Pool): UseBatches {
  return {
    open: async (most) => {
      const { rows } = await pool.query<{ batch: number; begun_before: boolean }>(OPEN, [most]);
      const [found] = rows;
      if (!found) return null;
      const { batch, begun_before } = found;
      const of = await pool.query<{ body: string }>(
        'SELECT body FROM daypass.uses WHERE batch = $1 ORDER BY seq',
        [batch],
      );
      const entered = await pool.query(
        `SELECT FROM daypass.entries WHERE kind = 'uses.recorded' AND body::json ->> 'batch' = $1`,
        [String(batch)],
      );
      const open: OpenBatch = {
        ...{ batch, begun_before, rows: of.rows.map(({ body }) => body) },
        entered: (entered.rowCount ?? 0) > 0,
      };
      return open;
    },
    recorded: async (batch) => {
      await pool.query('UPDATE daypass.uses SET recorded = true WHERE batch = $1', [batch]);
    },
    olderThan: async (before) => {
      const { rows } = await pool.query<{ batch: number | null }>(OLDER, [before.toISOString()]);
      return rows[0]?.batch ?? null;
    },
    forget: async (up_to) => {
      await pool.query('DELETE FROM daypass.uses WHERE batch <= $1 AND recorded', [up_to]);
    },
    alone: (work) =>
      onOne(pool, async (client) => {
        const { rows } = await client.query<{ alone: boolean }>(
          'SELECT pg_try_advisory_lock($1) AS alone',
          [LOCK],
        );
        if (!rows[0]?.alone) return;
        try {
          await work();
        } finally {
          await client.query('SELECT pg_advisory_unlock($1)', [LOCK]);
        }
      }),
  };
}

/** Logged uses, oldest first; the newest `limit` of those that are asked for. */
export async function readUses(pool: pg.Pool, asked: UsesAsked): Promise<readonly UseRow[]> {
  const { since, until, subject, denied, limit } = asked;
  const { rows } = await pool.query<{ body: string }>(READ, [
    ...[since?.toISOString() ?? null, until?.toISOString() ?? null],
    ...[denied, subject === null ? null : namedIn(subject), subject, limit],
  ]);
  return rows.flatMap(({ body }) => useOfText(body) ?? []).reverse();
}

/** What the text of a row contains for a subject. The database parses none, so a row of somebody else's hides no other. */
const namedIn = (subject: string) => `"subject":${JSON.stringify(subject.toLowerCase())}`;

/** A row that is not recorded is in a batch already, or is gathered into a new one with those that wait beside it. */
const OPEN = `
WITH begun AS (
  SELECT min(batch) AS batch FROM daypass.uses WHERE NOT recorded AND batch IS NOT NULL),
new AS (
  SELECT seq FROM daypass.uses
  WHERE NOT recorded AND batch IS NULL AND (SELECT batch FROM begun) IS NULL
  ORDER BY seq LIMIT $1 FOR UPDATE SKIP LOCKED),
number AS (SELECT nextval('daypass.use_batches') AS batch WHERE EXISTS (SELECT FROM new)),
gathered AS (
  UPDATE daypass.uses u SET batch = (SELECT batch FROM number)
  FROM new WHERE u.seq = new.seq RETURNING u.batch)
SELECT batch, true AS begun_before FROM begun WHERE batch IS NOT NULL
UNION ALL SELECT DISTINCT batch, false FROM gathered`;

const OLDER = `
SELECT max(batch) AS batch FROM daypass.uses
WHERE recorded AND stored_at < $1 AND batch < coalesce(
  (SELECT min(batch) FROM daypass.uses WHERE batch IS NOT NULL AND (stored_at >= $1 OR NOT recorded)),
  9223372036854775807)`;

/** An element of json keeps its text byte for byte: that is what is chained. */
const INSERT = `
INSERT INTO daypass.uses (at, subject_id, allowed, body, evaluation)
SELECT (r ->> 'at')::timestamptz, (r ->> 'subject_id')::bigint, (r ->> 'allowed')::boolean, r::text,
  CASE WHEN r -> 'asked_for' IS NOT NULL THEN r ->> 'evaluation' END
FROM json_array_elements($1::json) AS r`;

const READ = `
SELECT body FROM daypass.uses
WHERE ($1::timestamptz IS NULL OR at >= $1) AND ($2::timestamptz IS NULL OR at < $2)
  AND (NOT $3::boolean OR NOT allowed)
  AND ($4::text IS NULL OR position($4 IN lower(body)) > 0 OR subject_id::text = $5)
ORDER BY at DESC, seq DESC LIMIT $6`;
