import type pg from 'pg';

/** Daypass's own server, which is never a target (invariant 9), as the provider identifies it. */
export async function ownServer(pool: pg.Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ system: string }>(
    'SELECT system_identifier::text AS system FROM pg_control_system()',
  );
  return rows.map((row) => `postgres:${row.system}`);
}
