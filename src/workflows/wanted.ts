import type { GrantRecord } from '../core/ledger/record.js';

/** What must be looked at when a grant starts or ends: its comment, and what open pull requests change from. */
export function wanted(record: GrantRecord): readonly string[] {
  const comment = record.pull_request === null ? [] : [`comment:${String(record.pull_request)}`];
  return ['pulls:all', ...comment];
}
