import { openSession } from '../../../clients/postgres.js';

/** An owner's claim on a running server. */
export interface Hold {
  release(): Promise<void>;
}

/** The superuser's connection to a server on this machine. */
export function superuserUrl(port: number, password: string): string {
  return `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
}

/**
 * Claims a server for this process: an advisory lock that lives as long as its connection. It
 * falls with the process, however that ends, so a server that can be claimed has no owner.
 */
export async function holdCluster(url: string): Promise<Hold | 'in use' | 'not ready'> {
  const options = { url, application: 'daypass-owner', statement_timeout_ms: 3_000 };
  const session = await openSession(options).catch(() => null);
  if (session === null) return 'not ready';
  try {
    const answer = await session.query<{ held: boolean }>(
      `SELECT pg_try_advisory_lock(hashtext('daypass owner')) AS held`,
    );
    if (answer.rows[0]?.held) return { release: () => session.end() };
    await session.end();
    return 'in use';
  } catch {
    await session.end().catch(() => undefined);
    return 'not ready';
  }
}
