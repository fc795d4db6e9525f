import pg from 'pg';
import { boundsOf, HeardClient, type Lends, type SessionOptions } from './postgres.js';

/** How long after a session could not be made the kept one is lent at once, ms. */
const FULL_MS = 5_000;

/** A pool of sessions on somebody else's server, and beside it one that can be kept. */
export interface TargetPool extends Lends {
  /**
   * Keeps one session from now on: makes it, or proves by `check` that it still works. It is lent where the server
   * gives the pool no other. One that broke is made again at once, and at the next call. Throws if there is none.
   */
  keepOpen(check: (kept: Lends) => Promise<unknown>): Promise<void>;
  /** Lets the kept session go. */
  letGo(): Promise<void>;
  end(): Promise<void>;
}

/**
 * A pool of connections to somebody else's server, maybe behind a pooler that shares a session with others: nothing is
 * set on a session that would outlive a transaction. A broken idle connection is replaced at the next query, which
 * reports what is wrong.
 */
export function createTargetPool({
  max = 4,
  ...options
}: SessionOptions & { readonly max?: number }): TargetPool {
  const poolOf = (limits: pg.PoolConfig) =>
    new pg.Pool({ ...boundsOf(options), Client: HeardClient, allowExitOnIdle: true, ...limits });
  const pool = poolOf({ max, idleTimeoutMillis: 30_000 });
  pool.on('error', () => undefined);
  let kept: pg.Pool | null = null;
  /** Whether its last check passed; the check that is under way. */
  let whole = false;
  let checking: Promise<void> | null = null;
  let full_until = 0;

  const checkOn = async (session: pg.Pool, check: (kept: Lends) => Promise<unknown>) => {
    try {
      await check(session);
      if (session === kept) whole = true;
    } catch (error) {
      if (session === kept) whole = false;
      throw error;
    } finally {
      if (session === kept) checking = null;
    }
  };
  const keepOpen: TargetPool['keepOpen'] = async (check) => {
    if (!kept) {
      kept = poolOf({ max: 1, idleTimeoutMillis: 0 });
      // Whoever else wants its place may be quick.
      kept.on('error', () => void (kept && keepOpen(check).catch(() => undefined)));
    }
    // At work it is not disturbed: whoever works on it closes it after a fault.
    const at_work = kept.totalCount > 0 && kept.idleCount === 0;
    if (whole && at_work && !checking) return;
    // Many starts at once wait for one check, not for one each.
    checking ??= checkOn(kept, check);
    await checking;
  };
  const letGo = async () => {
    const gone = kept;
    kept = null;
    checking = null;
    whole = false;
    await gone?.end();
  };
  return {
    connect: async () => {
      if (kept && performance.now() < full_until) return kept.connect();
      try {
        return await pool.connect();
      } catch (error) {
        if (!kept) throw error;
        full_until = performance.now() + FULL_MS;
        return kept.connect();
      }
    },
    keepOpen,
    letGo,
    end: async () => {
      await letGo();
      await pool.end();
    },
  };
}
