import type pg from 'pg';
import type { RecordedRequest } from '../../../core/grant/requested.js';
import { draftOfRow, type AskedAccess } from '../../../core/use/requests/access-request.js';
import { useOfText } from '../../../core/use/use-row.js';
import type { AccessRequests } from '../../../ports.js';

interface OpenRow extends Omit<AskedAccess, 'draft'> {
  readonly body: string;
  readonly pull_request: number | null;
}

/** Of one look; more wait for the next. */
const AT_ONCE = 500;

/** The port `AccessRequests`, with the rights of the worker's role. */
export function createAccessRequests(pool: pg.Pool): AccessRequests {
  const recorded = async (by: 'request' | 'commit', value: string) => {
    const { rows } = await pool.query<{ body: string }>(
      `SELECT body FROM daypass.entries
       WHERE kind = 'request.recorded' AND body::json ->> '${by}' = $1 ORDER BY seq`,
      [value],
    );
    return rows.map(({ body }) => JSON.parse(body) as RecordedRequest);
  };
  return {
    serve: async () => {
      await pool.query(
        `INSERT INTO daypass.requests_served DEFAULT VALUES
         ON CONFLICT (one) DO UPDATE SET seen_at = clock_timestamp()`,
      );
    },
    unplanned: async () => {
      const { rows } = await pool.query<{ id: string }>(
        `SELECT id FROM daypass.access_requests r
         WHERE status = 'pending'
           AND (NOT EXISTS (SELECT FROM daypass.work w WHERE w.topic = 'request:' || r.id)
             OR EXISTS (SELECT FROM daypass.grants g WHERE g.pull_request = r.pull_request
               AND g.state NOT IN ('scheduled', 'activating')))
         ORDER BY asked_at LIMIT $1`,
        [AT_ONCE],
      );
      return rows.map(({ id }) => id);
    },
    open: async (id) => {
      const { rows } = await pool.query<OpenRow>(
        `SELECT id, evaluation, point, subject_id, idempotency_key, digest, body, pull_request,
           to_char(asked_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS asked_at
         FROM daypass.access_requests WHERE id = $1 AND status = 'pending'`,
        [id],
      );
      const [row] = rows;
      if (!row) return null;
      const { body, ...asked } = row;
      return { ...asked, draft: draftOfRow(body) };
    },
    denial: async (evaluation) => {
      const { rows } = await pool.query<{ body: string }>(
        'SELECT body FROM daypass.uses WHERE evaluation = $1 AND NOT allowed',
        [evaluation],
      );
      const found = rows.flatMap(({ body }) => useOfText(body) ?? []);
      return found.length === 1 ? (found[0] ?? null) : null;
    },
    recorded: (id) => recorded('request', id),
    requestOf: async (commit) => (await recorded('commit', commit))[0] ?? null,
    opened: async (id, { number, url }) => {
      await pool.query(
        'UPDATE daypass.access_requests SET pull_request = $2, review = $3 WHERE id = $1',
        [id, number, url],
      );
    },
    settle: async (id, as, now) => {
      const why = 'why' in as ? as.why.slice(0, 1_000) : null;
      const until = 'approved_until' in as ? as.approved_until : null;
      await pool.query(
        `UPDATE daypass.access_requests
         SET status = $2, why = $3, approved_until = $4, settled_at = $5
         WHERE id = $1 AND status = 'pending'`,
        [id, as.status, why, until, now.toISOString()],
      );
    },
    forget: async (before) => {
      await pool.query('DELETE FROM daypass.access_requests WHERE settled_at < $1', [
        before.toISOString(),
      ]);
    },
  };
}
