import { subSeconds } from 'date-fns/subSeconds';
import { parseDuration } from '../../core/reading/duration.js';
import { parseTimestamp } from '../../core/reading/timestamp.js';
import { useInWords, type UseRow, type UsesAsked } from '../../core/use/use-row.js';
import { shown, shownJson, type Terminal } from '../terminal.js';

/** The flags of `daypass audit log` about decided uses, as commander gives them. */
export interface UsesFlags {
  readonly uses?: true;
  readonly denied?: true;
  readonly subject?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit?: string;
}

export const USES_OPTIONS = [
  ['--uses', 'list the uses that were decided, instead of entries'],
  ['--denied', 'list the uses that were denied'],
  [
    '--subject <person>',
    'of uses: only those of a person, as the enforcement point called them, or by numeric GitHub id',
  ],
  ['--since <moment>', 'of uses: from a moment in RFC 3339 on, or from so long ago: 1d, 90m'],
  ['--until <moment>', 'of uses: before a moment, likewise'],
  ['--limit <number>', 'of uses: the newest so many, at most 10000 (default: 1000)'],
] as const;

const LIMIT = 1_000;
const MOST = 10_000;

/** Which uses are asked for; null where entries are, or in words what is wrong. */
export function readAskedUses(
  flags: UsesFlags,
  grant: string | null,
  now: Date,
): UsesAsked | { readonly why: string } | null {
  const { uses = false, denied = false, subject = null } = flags;
  if (!uses && !denied) {
    const given = (['subject', 'since', 'until', 'limit'] as const).find(
      (name) => flags[name] !== undefined,
    );
    return given === undefined ? null : { why: `--${given} is about uses: add --uses or --denied` };
  }
  if (grant !== null)
    return { why: 'uses are not listed by grant: leave the grant out, or --uses and --denied' };
  const since = momentOf('--since', flags.since, now);
  if (since instanceof Error) return { why: since.message };
  const until = momentOf('--until', flags.until, now);
  if (until instanceof Error) return { why: until.message };
  const limit = flags.limit ?? String(LIMIT);
  if (!/^[1-9]\d{0,4}$/.test(limit) || Number(limit) > MOST)
    return { why: `--limit ${limit} is not a number from 1 to ${MOST}` };
  return { since, until, subject, denied, limit: Number(limit) };
}

function momentOf(option: string, text: string | undefined, now: Date): Date | null | Error {
  if (text === undefined) return null;
  const ago = parseDuration(text);
  if (ago.ok) return subSeconds(now, ago.seconds);
  const at = parseTimestamp(text);
  return at.ok ? new Date(at.at) : new Error(`${option}: ${ago.why} Or a moment: ${at.why}`);
}

/** Prints uses, a sentence or a line of JSON each, and says where there may be more. */
export function tellUses(
  terminal: Terminal,
  rows: readonly UseRow[],
  { limit, json }: { readonly limit: number; readonly json: boolean },
): void {
  for (const row of rows) terminal.out(json ? shownJson(row) : shown(useInWords(row)));
  if (rows.length === limit)
    terminal.err(
      `only the newest ${limit} are listed: narrow it with --since, --until or --subject, or raise --limit`,
    );
  if (rows.length === 0 && !json) terminal.out('no such use was logged');
}
