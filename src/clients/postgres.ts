import pg from 'pg';

export interface PoolOptions {
  /** postgres://… with user and password. */
  readonly url: string;
  /** Shown in pg_stat_activity. */
  readonly application: string;
  /** At most so many connections; default 10. */
  readonly max?: number;
  /** The server ends a statement after this, lock waits included; default 10 s. 0 for never. */
  readonly statement_timeout_ms?: number;
  /** Hears of idle connections that broke; the pool replaces them by itself. */
  readonly onError: (error: Error) => void;
}

/**
 * A name without a schema is PostgreSQL's own from here on. Whoever may create in another schema of the path could have an
 * operator of theirs preferred, and with it run what they like as Daypass (CVE-2018-1058).
 */
export const OWN_NAMES =
  "SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', false)";

/**
 * A pool of connections to the ledger. Every wait is bounded: connecting, statements, and transactions
 * that their client forgot. Tables are named with their schema. `timestamptz` is read as RFC 3339 in UTC with milliseconds, `bigint` as a
 * number (an error beyond 2^53).
 */
export function createPool(options: PoolOptions): pg.Pool {
  const { url, application, max = 10, statement_timeout_ms = 10_000, onError } = options;
  const pool = new pg.Pool({
    connectionString: url,
    application_name: application,
    max,
    connectionTimeoutMillis: 5_000,
    statement_timeout: statement_timeout_ms,
    // The answer may be lost with the network: the client gives up, too, a little later.
    ...(statement_timeout_ms > 0 && { query_timeout: statement_timeout_ms + 2_000 }),
    // A client that vanished in a transaction must not hold the chain's head.
    idle_in_transaction_session_timeout: 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: { getTypeParser },
    onConnect,
  });
  pool.on('error', onError);
  return pool;
}

/** The pool waits for what it answers, whatever its type says, before anybody is given the connection. */
const onConnect: (client: pg.ClientBase) => unknown = (client) => client.query(OWN_NAMES);

const parsers: Partial<Record<Oid, (text: string) => unknown>> = {
  [pg.types.builtins.INT8]: safeInteger,
  [pg.types.builtins.TIMESTAMPTZ]: timestamp,
};

type Oid = Parameters<typeof pg.types.getTypeParser>[0];

function getTypeParser(oid: Oid, format?: 'text' | 'binary'): unknown {
  const own = format === 'binary' ? undefined : parsers[oid];
  return own ?? pg.types.getTypeParser(oid, format);
}

/** Throws where a number would lose digits. */
export function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is beyond a safe integer`);
  return value;
}

const parseTimestamp = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ, 'text') as (
  text: string,
) => unknown;

function timestamp(text: string): string {
  const value = parseTimestamp(text);
  if (!(value instanceof Date)) throw new RangeError(`${text} is not a moment`);
  return value.toISOString();
}

/**
 * Runs `work` in a transaction on one connection. When it throws, the connection is closed, which rolls back
 * whatever state it was in.
 */
export async function transaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  // A connection that breaks fails its query; unheard, its event would end the process.
  const ignore = () => undefined;
  client.on('error', ignore);
  let committed = false;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    committed = true;
    return result;
  } finally {
    client.off('error', ignore);
    client.release(!committed);
  }
}
