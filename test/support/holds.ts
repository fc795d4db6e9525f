import type pg from 'pg';
import { until } from '../../lab/until.js';

/**
 * Frees what a worker had taken when it died, as when its holds on jobs and slots run out by the clock of the database,
 * which no test moves. Only for where no other worker is at work; a pool of a superuser.
 */
export async function endHolds(ledger: pg.Pool): Promise<void> {
  // What it had sent may still be carried out.
  await until('the end of its connections', async () => {
    const { rowCount } = await ledger.query(
      `SELECT FROM pg_stat_activity
       WHERE datname = current_database() AND application_name LIKE 'daypass worker%'`,
    );
    return rowCount === 0;
  });
  await ledger.query(
    'UPDATE daypass.work SET taken_until = clock_timestamp() WHERE taken_by IS NOT NULL',
  );
  await endLeases(ledger);
}

/** As `endHolds`, but for slots alone: where what was done on them is over, and they could not be given back. */
export async function endLeases(ledger: pg.Pool): Promise<void> {
  await ledger.query('UPDATE daypass.leases SET deadline = LEAST(deadline, clock_timestamp())');
}
