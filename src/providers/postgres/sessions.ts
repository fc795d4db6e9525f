import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { z } from 'zod';
import { TargetFault } from '../../ports.js';

/** Runs SQL within what is left of a call's deadline; answers the rows of its last statement. */
export type InTime = (sql: string) => Promise<readonly unknown[]>;

/** A session, of which a pid alone says too little: it is used again. */
const session = z.object({ pid: z.number().int(), began: z.string().nullable() });

/**
 * An open cursor or a `SET ROLE` outlives a REVOKE, so the sessions of the login are ended: all are told to, before
 * any is waited for. Only those that the first look after the REVOKE has seen: what begins later has nothing of the role,
 * and a client that connects again at once would keep the end from being seen for ever. Each look is a transaction, because what is seen of sessions stays the same within one. By its oid
 * (of digits) a login is found whatever it is called now; its sessions outlive it, too.
 */
export async function endSessions(
  inTime: InTime,
  identity: string,
  oid: string | null,
): Promise<void> {
  const login = oid === null ? `usename = ${pg.escapeLiteral(identity)}` : `usesysid = ${oid}`;
  const sessions = `FROM pg_stat_activity WHERE ${login} AND pid <> pg_backend_pid()`;
  const look = async (what: string) => {
    await inTime('BEGIN');
    // When it began is told to no login that may not read statistics: then the pid has to do, and errs towards "there".
    const rows = await inTime(`SELECT pid, backend_start::text AS began${what} ${sessions}`);
    await inTime('COMMIT');
    return z.array(session).parse(rows);
  };
  const patience = performance.now() + 2000;
  let left = await look(', pg_terminate_backend(pid)');
  while (left.length > 0) {
    if (performance.now() > patience)
      throw new TargetFault(`not every session of ${identity} has ended`, false);
    await pause(20);
    const now = await look('');
    left = left.filter((one) =>
      now.some(({ pid, began }) => pid === one.pid && began === one.began),
    );
  }
}
