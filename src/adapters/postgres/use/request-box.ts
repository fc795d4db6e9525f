import type pg from 'pg';
import { transaction } from '../../../clients/postgres.js';
import { canonical } from '../../../core/reading/canonical.js';
import {
  MOST_OPEN,
  type AskedAccess,
  type RequestTask,
} from '../../../core/use/requests/access-request.js';
import { useOfText } from '../../../core/use/use-row.js';
import type { AddedRequest, RequestBox } from '../../../ports.js';
import { wakeWorkers } from '../work/schedule.js';

/** A worker says that it is there at each look, some seconds apart. */
const SERVED_WITHIN = "interval '1 minute'";

/** The number of the advisory lock of whoever adds a request; other software on this database is unlikely to use it. */
const LOCK = 4_702_111_234_474_983_747n;

/** The port `RequestBox`, with the rights of the decision processes' role. */
export function createRequestBox(pool: pg.Pool): RequestBox {
  return {
    served: async () => {
      const { rowCount } = await pool.query(
        `SELECT FROM daypass.requests_served WHERE seen_at > clock_timestamp() - ${SERVED_WITHIN}`,
      );
      return rowCount === 1;
    },
    denial: async (evaluation) => {
      const { rows } = await pool.query<{ body: string }>(
        'SELECT body FROM daypass.denials_at_use WHERE evaluation = $1',
        [evaluation],
      );
      const found = rows.flatMap(({ body }) => useOfText(body) ?? []);
      return found.length === 1 ? (found[0] ?? null) : null;
    },
    add: async (asked) => {
      const added = await transaction(pool, (client) => add(client, asked));
      if (added.kind === 'task') await wakeWorkers(pool);
      return added;
    },
    task: async (id, point) => {
      const { rows } = await pool.query<TaskRow>(
        `SELECT ${TASK} FROM daypass.access_requests WHERE id = $1 AND point = $2`,
        [id, point],
      );
      return rows[0] ?? null;
    },
  };
}

type TaskRow = RequestTask;

const instant = (column: string) =>
  `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS ${column}`;
const TASK = `id, status, why, review, ${['approved_until', 'settled_at', 'asked_at'].map(instant).join(', ')}`;

async function add(client: pg.ClientBase, asked: AskedAccess): Promise<AddedRequest> {
  const { id, evaluation, point, subject_id, idempotency_key, digest, draft, asked_at } = asked;
  // One after the other, so that no two are the last for which there is room.
  await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
  const { rows } = await client.query<TaskRow & { of_key: boolean; same: boolean }>(
    `SELECT ${TASK}, idempotency_key IS NOT DISTINCT FROM $3 AS of_key, digest = $4 AS same
     FROM daypass.access_requests
     WHERE point = $2 AND (evaluation = $1 OR idempotency_key = $3) ORDER BY evaluation = $1`,
    [evaluation, point, idempotency_key, digest],
  );
  if (idempotency_key !== null && rows.some(({ of_key, same }) => of_key && !same))
    return { kind: 'other_request' };
  const [known] = rows;
  if (known) return { kind: 'task', task: taskOf(known) };
  const open = await client.query<{ person: number; point: number }>(
    `SELECT count(*) FILTER (WHERE subject_id = $1)::int AS person,
       count(*) FILTER (WHERE point = $2)::int AS point
     FROM daypass.access_requests WHERE status = 'pending' AND (subject_id = $1 OR point = $2)`,
    [subject_id, point],
  );
  const { person = 0, point: sent = 0 } = open.rows[0] ?? {};
  if (person >= MOST_OPEN.person)
    return { kind: 'too_many', why: `${person} requests of this person are open already` };
  if (sent >= MOST_OPEN.point)
    return { kind: 'too_many', why: `${sent} requests of ${point} are open already` };
  const body = canonical({ draft });
  await client.query(
    `INSERT INTO daypass.access_requests
       (id, evaluation, point, subject_id, idempotency_key, digest, body, asked_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [id, evaluation, point, subject_id, idempotency_key, digest, body, asked_at],
  );
  const nothing = { why: null, review: null, approved_until: null, settled_at: null };
  return { kind: 'task', task: { id, status: 'pending', ...nothing, asked_at } };
}

function taskOf({ id, status, why, review, approved_until, settled_at, asked_at }: TaskRow) {
  return { id, status, why, review, approved_until, settled_at, asked_at };
}
