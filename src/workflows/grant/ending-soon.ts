import type { GrantRecord } from '../../core/grant/record.js';
import type { Ledger } from '../../ports.js';
import { entryWriter } from './entries.js';

/**
 * Records that an active grant ends soon, so that the comment and the events out say so. The entry expects the record
 * that was read: if the end moved meanwhile, the new one is announced at its own time.
 */
export async function tellEndingSoon(
  world: { readonly ledger: Pick<Ledger, 'append'> },
  record: GrantRecord,
  now: Date,
): Promise<null> {
  const { id, window } = record;
  if (!window) throw new Error(`${id} has no window that could end`);
  const { entry, append } = entryWriter(world, record);
  await append(now, entry('grant.ending_soon', { ends_at: window.ends_at }));
  return null;
}
