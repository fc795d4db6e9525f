import { z } from 'zod';
import type { ChainHead } from './chain.js';

/** A head of the chain that was kept outside the ledger. A log line has its hash alone. */
export interface KeptHead {
  readonly seq: number | null;
  readonly hash: string;
}

const HASH = '([0-9a-f]{64})';
const SEQ = '(\\d{1,15})';

/**
 * The lines in which heads are kept: by hand, in check summaries, in the words of `audit verify`. Each is a whole line
 * from its first character, which no text of a grant or a policy that a summary quotes can be.
 */
const LINES: readonly RegExp[] = [
  new RegExp(`^${SEQ}:${HASH}$`),
  new RegExp(`^()${HASH}$`),
  new RegExp(`^Ledger: entry ${SEQ}, \`?${HASH}\`?$`),
  new RegExp(`^the ledger is intact: .*, the head is ${SEQ}:${HASH}$`),
];

const inJson = z.object({
  head: z.union([
    z.object({ seq: z.int().nonnegative(), hash: z.string().regex(new RegExp(`^${HASH}$`)) }),
    z
      .string()
      .regex(new RegExp(`^${HASH}$`))
      .transform((hash) => ({ seq: null, hash })),
  ]),
});

/**
 * Every head in a text, without duplicates: `SEQ:HASH`, check summaries, lines of the log, what `audit verify` said.
 */
export function readHeads(text: string): readonly KeptHead[] {
  const whole = text.trim();
  const found = [headInJson(whole) ?? whole.split(/\r?\n/).map(headOfLine)].flat();
  const distinct = new Map<string, KeptHead>();
  for (const head of found) if (head) distinct.set(`${head.seq}:${head.hash}`, head);
  return [...distinct.values()];
}

function headOfLine(line: string): KeptHead | null {
  for (const form of LINES) {
    const [, seq = '', hash] = form.exec(line.trimEnd()) ?? [];
    if (hash !== undefined) return { seq: seq === '' ? null : Number(seq), hash };
  }
  return headInJson(line);
}

/** The head that a whole JSON object names as its own; one that it quotes does not count. */
function headInJson(text: string): KeptHead | null {
  if (!text.startsWith('{')) return null;
  try {
    const read = inJson.safeParse(JSON.parse(text));
    return read.success ? read.data.head : null;
  } catch {
    return null;
  }
}

/** Looks for kept heads in a chain that is read once, starting with its first entry. */
export interface HeadSearch {
  see(entry: ChainHead): void;
  /** After the chain's `end`: the first kept head that is not in it, and why; null where all are. */
  missing(end: ChainHead): { readonly seq: number | null; readonly why: string } | null;
}

/** `from` is where the chain begins, which may be a kept head too. */
export function searchHeads(kept: readonly KeptHead[], from: ChainHead): HeadSearch {
  const seqs = new Set(kept.map(({ seq }) => seq));
  const hashes = new Set(kept.map(({ hash }) => hash));
  const bySeq = new Map<number, string>();
  const seen = new Set<string>();
  const see = ({ seq, hash }: ChainHead): void => {
    if (seqs.has(seq)) bySeq.set(seq, hash);
    if (hashes.has(hash)) seen.add(hash);
  };
  see(from);
  return {
    see,
    missing: (end) => {
      for (const { seq, hash } of kept) {
        const why = lacks(seq, hash, end);
        if (why !== null) return { seq, why };
      }
      return null;
    },
  };

  function lacks(seq: number | null, hash: string, end: ChainHead): string | null {
    if (seq === null) return seen.has(hash) ? null : `no entry has the hash ${hash} that was kept`;
    if (seq > end.seq)
      return `entry ${seq} was kept, but the chain ends at entry ${end.seq}: what came after it is gone`;
    return bySeq.get(seq) === hash
      ? null
      : `entry ${seq} is not the one that was kept: the chain was rewritten from there or from before`;
  }
}

/** What is still unknown about a chain that ends at `end` and has all `kept` heads, in words. */
export function leftOpen(kept: readonly KeptHead[], end: ChainHead): readonly string[] {
  if (kept.length === 0) {
    return [
      'whether the newest entries were cut off, or the owner of the tables rewrote the whole chain: ' +
        'only a head that was kept elsewhere can tell (--head)',
    ];
  }
  const numbered = kept.flatMap(({ seq }) => seq ?? []);
  if (numbered.length === 0) return ['which of the entries came after the heads that were kept'];
  const newest = numbered.reduce((one, other) => Math.max(one, other));
  return newest < end.seq
    ? [`whether the entries after entry ${newest} are the original ones: no newer head was given`]
    : [];
}
