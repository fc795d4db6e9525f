import type { ServerVersion } from '../../src/adapters/postgres/embedded/binaries.js';
import { LENT, throwawayCluster } from './throwaway.js';

/** An empty PostgreSQL server for whoever asked, alone. */
export interface BorrowedServer {
  /** Database `postgres`, where nothing is made: what is made there costs the next one a new server. */
  readonly superuserUrl: string;
  /** Gives it back: what was made on it is gone. */
  stop(): Promise<void>;
}

/**
 * A server that is nobody else's until `stop()`: of the run's lender (test/support/servers.mjs), or where there is none, as
 * in a benchmark, one of its own.
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
