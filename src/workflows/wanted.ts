import type { GrantRecord } from '../core/ledger/record.js';
import { commentTopics, type Topic } from '../core/topic.js';

/** What must be looked at when a grant starts or ends: its comment, and what open pull requests change from. */
export function wanted({ pull_request }: GrantRecord): readonly Topic[] {
  return ['pulls:all', ...commentTopics(pull_request)];
}
