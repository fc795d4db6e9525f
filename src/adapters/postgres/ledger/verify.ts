import type pg from 'pg';
import { transaction } from '../../../clients/postgres.js';
import { canonical } from '../../../core/reading/canonical.js';
import { GENESIS, verify, type ChainHead, type Verified } from '../../../core/ledger/chain.js';
import type { Entry } from '../../../core/ledger/events.js';
import { ENTRY_COLUMNS, entryOf, type EntryRow } from './rows.js';

const PAGE = 5_000;

/** Runs `read` on the ledger as it is at one moment, regardless of appends meanwhile. */
export function inSnapshot<T>(
  pool: pg.Pool,
  read: (client: pg.ClientBase) => Promise<T>,
): Promise<T> {
  return transaction(pool, async (client) => {
    await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    // The work between two pages may take longer than the timeout for idle transactions.
    await client.query(`SET LOCAL idle_in_transaction_session_timeout = '10min'`);
    return read(client);
  });
}

/** Verifies the whole chain alone (invariant 22), and that its last entry is the head. */
export function verifyChain(pool: pg.Pool): Promise<Verified> {
  return inSnapshot(pool, (client) => verifyEntries(client, () => undefined));
}

/**
 * Verifies the chain page by page, and hands each entry that holds to `see`. Names the first entry that does not hold;
 * a missing head counts as entry 0.
 */
export async function verifyEntries(
  client: pg.ClientBase,
  see: (entry: Entry) => void,
): Promise<Verified> {
  const { rows } = await client.query<ChainHead>('SELECT seq, hash FROM daypass.head');
  let at: ChainHead = GENESIS;
  for (;;) {
    const page = await client.query<EntryRow>(
      `SELECT ${ENTRY_COLUMNS} FROM daypass.entries WHERE seq > $1 ORDER BY seq LIMIT ${PAGE}`,
      [at.seq],
    );
    const { entries, verified } = verifyRows(page.rows, at);
    if (!verified.ok) return verified;
    entries.forEach(see);
    at = verified.head;
    if (page.rows.length < PAGE) break;
  }
  return endsAtHead(at, rows[0] ?? null);
}

/** Checks that the columns beside the hashed content agree with it, and that its bytes are canonical. */
function verifyRows(
  rows: readonly EntryRow[],
  from: ChainHead,
): { readonly entries: readonly Entry[]; readonly verified: Verified } {
  const entries: Entry[] = [];
  for (const row of rows) {
    const why = unfaithful(row);
    if (why !== null) {
      const before = verify(entries, from);
      const here = { ok: false, seq: row.seq, why: `entry ${row.seq} ${why}` } as const;
      return { entries, verified: before.ok ? here : before };
    }
    entries.push(entryOf(row));
  }
  return { entries, verified: verify(entries, from) };
}

function unfaithful(row: EntryRow): string | null {
  let body: unknown;
  try {
    body = JSON.parse(row.body);
    if (canonical(body) !== row.body) return 'was altered: its body is not canonical JSON';
  } catch {
    return 'was altered: its body is not JSON';
  }
  const review = row.kind === 'review.seen' ? (body as { review?: unknown } | null)?.review : null;
  return review === row.review ? null : 'was altered: its review column is not its content’s';
}

/** If the newest entries were cut off, the chain still holds but does not reach the head. */
function endsAtHead(last: ChainHead, head: ChainHead | null): Verified {
  if (head === null) return { ok: false, seq: last.seq, why: 'the head of the chain is missing' };
  if (last.seq < head.seq) {
    const seq = last.seq + 1;
    return { ok: false, seq, why: `entry ${seq} is missing: the head is entry ${head.seq}` };
  }
  return last.seq === head.seq && last.hash === head.hash
    ? { ok: true, head: last }
    : {
        ok: false,
        seq: last.seq,
        why: `the last entry is ${last.seq}, which is not the recorded head`,
      };
}
