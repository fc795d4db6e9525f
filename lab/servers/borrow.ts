import type { ServerVersion } from '../../src/adapters/postgres/embedded/binaries.js';
import { LENT, throwawayCluster } from './throwaway.js';

/** An empty PostgreSQL server that belongs to one borrower alone. */
export interface BorrowedServer {
  /** The database `postgres`, where nothing should be created: that would cost the next borrower a new server. */
  readonly superuserUrl: string;
  /** Gives it back; what was created on it is gone. */
  stop(): Promise<void>;
}

/**
 * A server for one borrower until `stop()`: from the run's lender (test/support/servers.mjs), or if there is none, for
 * example in a benchmark, a new one.
 */
export async function borrowServer(version: ServerVersion = 18): Promise<BorrowedServer> {
  const lender = process.env.DAYPASS_TEST_SERVERS;
  if (!lender) return throwawayCluster({ version, settings: LENT });
  const ask = async (method: string, what: string) => {
    const answer = await fetch(`${lender}/${what}`, { method });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`the lender of servers: ${text}`);
    return text;
  };
  const superuserUrl = await ask('POST', String(version));
  return { superuserUrl, stop: async () => void (await ask('DELETE', new URL(superuserUrl).port)) };
}
