import type { NewEntry } from '../../core/ledger/events.js';
import type { GrantRecord } from '../../core/grant/record.js';
import { commentTopics, type Topic } from '../../core/work/topic.js';

/** A try that failed changes nothing that a pull request is judged by, and comes again each minute. */
const TRIES: readonly NewEntry['kind'][] = ['grant.attempt_failed', 'grant.overdue'];

/** What must be looked at when this is written of a grant: its comment, and what open pull requests change from. */
export function wanted(
  { pull_request }: GrantRecord,
  entries: readonly NewEntry[],
): readonly Topic[] {
  const judged = entries.some(({ kind }) => !TRIES.includes(kind));
  return [...(judged ? (['pulls:all'] as const) : []), ...commentTopics(pull_request)];
}
