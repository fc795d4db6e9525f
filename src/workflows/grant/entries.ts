import type { Entry, NewEntry } from '../../core/ledger/events.js';
import type { GrantRecord } from '../../core/grant/record.js';
import { commentTopics, type Topic } from '../../core/work/topic.js';
import type { Ledger } from '../../ports.js';

type BodyOf<K> = Extract<NewEntry, { kind: K }>['body'];

/** Makes and writes the entries of one grant. */
export interface EntryWriter {
  entry<K extends NewEntry['kind']>(kind: K, body: BodyOf<K>): NewEntry;
  /**
   * Writes entries, and wants the topics that they affect. They expect the record as it was read: throws `Conflict` if
   * it has moved on.
   */
  append(now: Date, ...entries: readonly NewEntry[]): Promise<readonly Entry[]>;
}

export function entryWriter(
  world: { readonly ledger: Pick<Ledger, 'append'> },
  record: GrantRecord,
): EntryWriter {
  const { id, version, pull_request } = record;
  return {
    entry: (kind, body) => ({ kind, grant: id, pull_request, body }) as NewEntry,
    append: (now, ...entries) =>
      world.ledger.append(now, entries, {
        expect: { grants: { [id]: version } },
        want: affected(record, entries),
      }),
  };
}

/** Kinds that change nothing that judging a pull request depends on; a failed try repeats each minute. */
const UNJUDGED: readonly NewEntry['kind'][] = [
  'grant.attempt_failed',
  'grant.overdue',
  'grant.ending_soon',
];

/**
 * The topics to run when this is written about a grant: its comment, and all open pull requests if judging depends on
 * it.
 */
export function affected(
  { pull_request }: GrantRecord,
  entries: readonly NewEntry[],
): readonly Topic[] {
  const judged = entries.some(({ kind }) => !UNJUDGED.includes(kind));
  return [...(judged ? (['pulls:all'] as const) : []), ...commentTopics(pull_request)];
}
