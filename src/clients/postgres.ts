import pg from 'pg';

/** What lends connections, as a pool does. */
export interface Lends {
  connect(): Promise<pg.PoolClient>;
}

export interface SessionOptions {
  /** postgres://… with user and password. */
  readonly url: string;
  /** Shown in pg_stat_activity. */
  readonly application: string;
  /** The server ends a statement after this, lock waits included; default 10 s. 0 for never. */
  readonly statement_timeout_ms?: number;
}

export interface PoolOptions extends SessionOptions {
  /** At most so many connections; default 10. */
  readonly max?: number;
  /** Called for idle connections that broke; the pool replaces them by itself. */
  readonly onError: (error: Error) => void;
}

/** The limits of every wait on a connection. */
export const boundsOf = ({ url, application, statement_timeout_ms = 10_000 }: SessionOptions) => ({
  connectionString: url,
  application_name: application,
  connectionTimeoutMillis: 5_000,
  statement_timeout: statement_timeout_ms,
  // The answer may be lost with the network, so the client gives up too, a little later.
  ...(statement_timeout_ms > 0 && { query_timeout: statement_timeout_ms + 2_000 }),
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
});

/**
 * A connection that breaks fails its query. Its error event would end the process if nobody listens, and no pool
 * listens for a connection that it has lent.
 */
export class HeardClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }
}

/**
 * A name without a schema is PostgreSQL's own from here on. Otherwise anybody who may create in another schema of the
 * path could put an operator of theirs first, and run code as Daypass (CVE-2018-1058).
 */
const OWN_NAMES = "SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', false)";

/**
 * A pool of connections to the ledger. Every wait is bounded: connecting, statements, and transactions
 * that their client forgot. Tables are named with their schema. `timestamptz` is read as RFC 3339 in UTC with milliseconds, `bigint` as a
 * number (an error beyond 2^53).
 */
export function createPool({ max = 10, onError, ...options }: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    ...boundsOf(options),
    Client: HeardClient,
    max,
    // A client that vanished in a transaction must not hold the chain's head.
    idle_in_transaction_session_timeout: 10_000,
    types: { getTypeParser },
    onConnect,
  });
  pool.on('error', onError);
  return pool;
}

/** The places of the server that a role needs no special right for. Reserved ones are a setting of 16 and newer. */
export const PLACES = `
  current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
  - coalesce(current_setting('reserved_connections', true), '0')::int`;

/** One connection to a server of our own, for as long as its caller wants it. Its `end` event says that it broke. */
export async function openSession(options: SessionOptions): Promise<pg.Client> {
  const client = new HeardClient(boundsOf(options));
  try {
    await client.connect();
    await client.query(OWN_NAMES);
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

/** The pool awaits the returned promise before it hands out the connection, although its type does not say so. */
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
  if (!(value instanceof Date)) throw new RangeError(`${text} is not a timestamp`);
  return value.toISOString();
}

/** Whether the server refuses a statement for its own content: PostgreSQL's error classes 22 (data) and 23 (constraint). */
export const isContentRefused = (error: unknown): error is pg.DatabaseError =>
  error instanceof pg.DatabaseError && /^2[23]/.test(error.code ?? '');

/**
 * Runs work on one connection. After a fault the connection is closed: it may be broken, inside a transaction, or lead
 * elsewhere.
 */
export async function onOne<T>(
  pool: Lends,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let whole = false;
  try {
    const done = await work(client);
    whole = true;
    return done;
  } finally {
    client.release(!whole);
  }
}

/**
 * Runs `work` in a transaction on one connection, begun with `begin`. If it throws, the connection is closed, which
 * rolls the transaction back.
 */
export function transaction<T>(
  pool: Lends,
  work: (client: pg.PoolClient) => Promise<T>,
  begin = 'BEGIN',
): Promise<T> {
  return onOne(pool, async (client) => {
    await client.query(begin);
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  });
}
