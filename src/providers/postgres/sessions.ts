import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { TargetFault } from '../../ports.js';

/** Runs SQL within what is left of a call's deadline; answers how many rows its last statement had. */
export type InTime = (sql: string) => Promise<number>;

/**
 * An open cursor or a `SET ROLE` outlives a REVOKE, so the sessions of the login are ended: all are told to, before
 * any is waited for. Each look is a transaction, because what is seen of sessions stays the same within one. By its oid
 * (of digits) a login is found whatever it is called now; its sessions outlive it, too.
 */
export async function endSessions(
  inTime: InTime,
  identity: string,
  oid: string | null,
): Promise<void> {
  const login = oid === null ? `usename = ${pg.escapeLiteral(identity)}` : `usesysid = ${oid}`;
  const sessions = `FROM pg_stat_activity WHERE ${login} AND pid <> pg_backend_pid()`;
  const patience = performance.now() + 2000;
  for (let what = 'pg_terminate_backend(pid)'; ; what = 'pid') {
    await inTime('BEGIN');
    const left = await inTime(`SELECT ${what} ${sessions}`);
    await inTime('COMMIT');
    if (left === 0) return;
    if (performance.now() > patience)
      throw new TargetFault(`not every session of ${identity} has ended`, false);
    await pause(20);
  }
}
