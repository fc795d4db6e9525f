import type { GrantRecord } from '../../core/grant/record.js';
import { toldFault } from './fault.js';
import type { LeasedSlot, SlotWorld } from './slot.js';

/** At most this many are listed in an entry and in the comment. */
const TOLD = 50;

/**
 * The rights that the identity of a slot gained by itself since the grant began, in words. They are reported but not
 * taken away, because only their giver knows what they are for. If they cannot be compared, that is reported too; it
 * does not delay the end (invariant 16).
 */
export async function gainedSince(
  world: Pick<SlotWorld, 'log'>,
  leased: LeasedSlot,
  record: GrantRecord,
): Promise<string[]> {
  const { rights: before } = record;
  if (before === null) return [];
  try {
    const now = await leased.rights();
    const gained = (now ?? []).filter((right) => !before.includes(right));
    const more = gained.length - TOLD;
    return more > 0 ? [...gained.slice(0, TOLD), `${more} more rights`] : gained;
  } catch (error) {
    world.log.warn({ grant: record.id, err: error }, 'rights could not be compared');
    return [`what could not be read: ${toldFault(error).message.slice(0, 500)}`];
  }
}
