import type pg from 'pg';
import { canonical } from '../../../core/reading/canonical.js';
import { GENESIS, verify, type Head, type Verified } from '../../../core/ledger/chain.js';
import { ENTRY_COLUMNS, entryOf, type EntryRow } from './rows.js';

const PAGE = 5_000;

/**
 * Verifies the whole chain, page by page (invariant 22), and that its last entry is the head. Names the
 * first entry that does not hold. Entries that are appended meanwhile may or may not be seen.
 */
export async function verifyChain(pool: pg.Pool): Promise<Verified> {
  const { rows } = await pool.query<Head>('SELECT seq, hash FROM daypass.head');
  let at: Head = GENESIS;
  for (;;) {
    const page = await pool.query<EntryRow>(
      `SELECT ${ENTRY_COLUMNS} FROM daypass.entries WHERE seq > $1 ORDER BY seq LIMIT ${PAGE}`,
      [at.seq],
    );
    const verified = verifyRows(page.rows, at);
    if (!verified.ok) return verified;
    at = verified.head;
    if (page.rows.length < PAGE) break;
  }
  return endsAtHead(at, rows[0] ?? null);
}

/** The columns beside the hashed content say the same as it does, and its bytes are the canonical ones. */
function verifyRows(rows: readonly EntryRow[], from: Head): Verified {
  const readable: ReturnType<typeof entryOf>[] = [];
  for (const row of rows) {
    const why = unfaithful(row);
    if (why !== null) {
      const before = verify(readable, from);
      return before.ok ? { ok: false, seq: row.seq, why: `entry ${row.seq} ${why}` } : before;
    }
    readable.push(entryOf(row));
  }
  return verify(readable, from);
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

/** An end that was cut off leaves a chain that holds, but not one that reaches the head. */
function endsAtHead(last: Head, head: Head | null): Verified {
  if (head === null) return { ok: false, seq: last.seq, why: 'the head of the chain is missing' };
  if (last.seq < head.seq) {
    const seq = last.seq + 1;
    return { ok: false, seq, why: `entry ${seq} is missing: the head is entry ${head.seq}` };
  }
  return { ok: true, head: last };
}
