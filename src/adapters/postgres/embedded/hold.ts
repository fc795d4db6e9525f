import pg from 'pg';

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
  const client = new pg.Client({
    connectionString: url,
    application_name: 'daypass-owner',
    connectionTimeoutMillis: 5_000,
    query_timeout: 5_000,
  });
  // Without a listener a server that ends would end this process too.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const answer = await client.query<{ held: boolean }>(
      `SELECT pg_try_advisory_lock(hashtext('daypass owner')) AS held`,
    );
    if (answer.rows[0]?.held) return { release: () => client.end() };
    await client.end();
    return 'in use';
  } catch {
    await client.end().catch(() => undefined);
    return 'not ready';
  }
}
