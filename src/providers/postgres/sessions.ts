import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { z } from 'zod';
import { TargetFault } from '../../ports.js';

/** Runs SQL within what is left of a call's deadline; answers the rows of its last statement. */
export type InTime = (sql: string) => Promise<readonly unknown[]>;

/** A session, of which a pid alone says too little: it is used again. */
const session = z.object({ pid: z.number().int(), began: z.string().nullable() });

const keyOf = ({ pid, began }: z.infer<typeof session>) => `${String(pid)} ${began ?? ''}`;
const marked = z.tuple([z.object({ mark: z.string() })]);

/**
 * Before 16 a session may begin with `-c role=…`: of one that begins as the REVOKE commits the right is asked for before it
 * is seen by anybody. It is seen within this, ms.
 */
const BEGINNING_MS = 1000;
const PATIENCE_MS = 3000;

/**
 * An open cursor or a `SET ROLE` outlives a REVOKE, so the sessions of the login are ended: all are told to, before
 * any is waited for. Only those that began before the first look after the REVOKE: what begins later has nothing of the
 * role, and a client that connects again at once would keep the end from being seen for ever. Where `roles_at_start` can be
 * set, those that were still beginning then are looked for, too. Each look is a transaction, because what is seen of
 * sessions stays the same within one. By its oid (of digits) a login is found whatever it is called now; its sessions
 * outlive it, too.
 */
export async function endSessions(
  inTime: InTime,
  identity: string,
  { oid, roles_at_start }: { readonly oid: string | null; readonly roles_at_start: boolean },
): Promise<void> {
  const login = oid === null ? `usename = ${pg.escapeLiteral(identity)}` : `usesysid = ${oid}`;
  const sessions = `FROM pg_stat_activity WHERE ${login} AND pid <> pg_backend_pid()`;
  const [{ mark }] = marked.parse(await inTime('SELECT clock_timestamp()::text AS mark'));
  const begun = `(backend_start IS NULL OR backend_start <= ${pg.escapeLiteral(mark)})`;
  const look = async (what: string) => {
    await inTime('BEGIN');
    // When it began is told to no login that may not read statistics: then the pid has to do, and errs towards "there".
    const rows = await inTime(
      `SELECT pid, backend_start::text AS began${what} ${sessions} AND ${begun}`,
    );
    await inTime('COMMIT');
    return z.array(session).parse(rows);
  };
  const started = performance.now();
  const for_ms = () => performance.now() - started;
  const first = await look(', pg_terminate_backend(pid)');
  const known = new Map(first.map((one) => [keyOf(one), one]));
  let left = first.length;
  while (left > 0 || (roles_at_start && for_ms() <= BEGINNING_MS)) {
    if (for_ms() > PATIENCE_MS)
      throw new TargetFault(`not every session of ${identity} has ended`, false);
    const beginning = roles_at_start && for_ms() <= BEGINNING_MS;
    await pause(left > 0 ? 20 : 100);
    const now = await look(beginning ? ', pg_terminate_backend(pid)' : '');
    if (beginning) for (const one of now) known.set(keyOf(one), one);
    left = now.filter((one) => known.has(keyOf(one))).length;
  }
}
