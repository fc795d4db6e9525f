import type { GrantRecord } from '../../core/grant/record.js';
import { commentTopics } from '../../core/work/topic.js';
import type { World } from '../../ports.js';

/**
 * Records that the end of an active grant is near, so that the comment and the events out say so. The entry
 * expects the record that was looked at: an end that moved meanwhile is told at its own time.
 */
export async function tellEndingSoon(
  world: World,
  { id, version, pull_request, window }: GrantRecord,
  now: Date,
): Promise<null> {
  if (!window) throw new Error(`${id} has no window that could end`);
  const entry = { kind: 'grant.ending_soon', grant: id, pull_request } as const;
  await world.ledger.append(now, [{ ...entry, body: { ends_at: window.ends_at } }], {
    expect: { grants: { [id]: version } },
    want: commentTopics(pull_request),
  });
  return null;
}
