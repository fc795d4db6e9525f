import type pg from 'pg';
import type { PolicyDigests } from '../../../core/ledger/events.js';
import type { ChangedGrant, UseFeed } from '../../../ports.js';
import { NO_HEAD } from '../ledger/append.js';
import { treeOfRow } from '../ledger/rows.js';

interface FeedOptions {
  /** The name of this run of the process; no other run ever had it. */
  readonly name: string;
  /** After so long without a confirmed row it denies everything, ms. */
  readonly stale_after_ms: number;
}

/** The port `UseFeed`, with the rights of the decision processes' role. */
export function createUseFeed(pool: pg.Pool, { name, stale_after_ms }: FeedOptions): UseFeed {
  return {
    confirm: async (version) => {
      await pool.query(CONFIRM, [name, version, stale_after_ms]);
    },
    changes: async (after, limit, only_records) => {
      const { rows } = await pool.query<ChangesRow>(CHANGES, [after, limit, only_records]);
      const [row] = rows;
      if (!row) throw new Error(NO_HEAD);
      return { rows: row.changed, head: row.head, at: row.at };
    },
    inForce: async () => {
      const { rows } = await pool.query<InForceRow>(
        'SELECT seq, policy, default_branch FROM daypass.policy_at_use',
      );
      const [row] = rows;
      if (!row) return null;
      const { seq, policy, default_branch } = row;
      return { seq, recorded: JSON.parse(policy) as PolicyDigests, default_branch };
    },
    compiled: async (compiler) => {
      const { rows } = await pool.query<CompiledRow>(COMPILED, [compiler]);
      const [row] = rows;
      return row?.files
        ? {
            tree: treeOfRow(row.tree, { files: row.files, executable: row.executable }),
            wasm: row.wasm && Uint8Array.from(row.wasm),
          }
        : null;
    },
    forgetSilent: async () => {
      await pool.query(FORGET);
    },
    leave: async () => {
      await pool.query('DELETE FROM daypass.decision_processes WHERE name = $1', [name]);
    },
  };
}

interface ChangesRow {
  readonly head: number;
  readonly at: string;
  readonly changed: readonly ChangedGrant[];
}

interface InForceRow {
  readonly seq: number;
  readonly policy: string;
  readonly default_branch: string;
}

interface CompiledRow {
  readonly tree: string;
  readonly files: string | null;
  readonly executable: string | null;
  readonly wasm: Buffer | null;
}

/** The time is the server's own: no process says by itself when it was seen. */
const CONFIRM = `
INSERT INTO daypass.decision_processes AS p (name, version, stale_after)
VALUES ($1, $2, $3 * interval '1 millisecond')
ON CONFLICT (name) DO UPDATE SET
  version = excluded.version, stale_after = excluded.stale_after, seen_at = clock_timestamp()`;

const FORGET = `
DELETE FROM daypass.decision_processes
WHERE seen_at < clock_timestamp() - stale_after - interval '1 day'`;

/** One statement, so that the head is that of the same moment as the rows. */
const CHANGES = `
SELECT head.seq AS head, clock_timestamp() AS at,
  coalesce((SELECT json_agg(c) FROM (
    SELECT id, version, record FROM daypass.grants_at_use
    WHERE version > $1 AND (NOT $3 OR record IS NOT NULL)
    ORDER BY version LIMIT $2) c), '[]') AS changed
FROM daypass.head`;

const COMPILED = `
SELECT p.policy::json ->> 'tree' AS tree, p.files, p.executable, c.wasm
FROM daypass.policy_at_use p
LEFT JOIN daypass.compiled_policies c
  ON c.tree = p.policy::json ->> 'tree' AND c.compiler = $1`;
