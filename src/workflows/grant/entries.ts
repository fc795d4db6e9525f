import type { Room } from '../../core/decision/unreviewed.js';
import type { Entry, NewEntry } from '../../core/ledger/events.js';
import type { GrantRecord } from '../../core/grant/record.js';
import { commentTopics, type Topic } from '../../core/work/topic.js';
import type { Ledger } from '../../ports.js';

type BodyOf<K> = Extract<NewEntry, { kind: K }>['body'];
type WithLedger = { readonly ledger: Pick<Ledger, 'append'> };

/** An entry about a grant. */
export const entryAbout = <K extends NewEntry['kind']>(
  { id, pull_request }: GrantRecord,
  kind: K,
  body: BodyOf<K>,
): NewEntry => ({ kind, grant: id, pull_request, body }) as NewEntry;

/**
 * Writes entries about some grants, and wants the topics that they affect. They expect the records as they were read:
 * throws `Conflict` if one of them has moved on.
 */
export function appendAbout(
  world: WithLedger,
  records: readonly GrantRecord[],
  now: Date,
  entries: readonly NewEntry[],
  room: Room | null = null,
): Promise<readonly Entry[]> {
  const grants = Object.fromEntries(records.map(({ id, version }) => [id, version]));
  return world.ledger.append(now, entries, {
    expect: { grants, ...(room && { room }) },
    want: records.flatMap((record) => affected(record, entries)),
  });
}

/** Makes and writes the entries of one grant. */
export interface EntryWriter {
  entry<K extends NewEntry['kind']>(kind: K, body: BodyOf<K>): NewEntry;
  /** As `appendAbout`. */
  append(now: Date, ...entries: readonly NewEntry[]): Promise<readonly Entry[]>;
}

export function entryWriter(world: WithLedger, record: GrantRecord): EntryWriter {
  return {
    entry: (kind, body) => entryAbout(record, kind, body),
    append: (now, ...entries) => appendAbout(world, [record], now, entries),
  };
}

/** Kinds that change nothing that judging a pull request depends on; a failed try repeats each minute. */
const UNJUDGED: readonly NewEntry['kind'][] = [
  'grant.attempt_failed',
  'grant.overdue',
  'grant.ending_soon',
  'grant.taken_away',
  'grant.end_held',
  'grant.end_released',
];

/**
 * The topics to run when this is written about a grant: its comment, and all open pull requests if judging depends on
 * it.
 */
function affected({ pull_request }: GrantRecord, entries: readonly NewEntry[]): readonly Topic[] {
  const judged = entries.some(({ kind }) => !UNJUDGED.includes(kind));
  return [...(judged ? (['pulls:all'] as const) : []), ...commentTopics(pull_request)];
}
