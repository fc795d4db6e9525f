import type { GrantRecord } from '../../core/grant/record.js';
import { toldFault } from './fault.js';
import type { LeasedSlot, SlotWorld } from './slot.js';

/** So many are told, in an entry and in the comment. */
const TOLD = 50;

/**
 * What the identity of a slot has there by itself and had not before the grant, in words. It is told and not taken away, as
 * nobody but its giver knows what it is for. What cannot be compared is told, too, and keeps no end waiting (invariant 16).
 */
export async function gainedSince(
  world: Pick<SlotWorld, 'log'>,
  held: LeasedSlot,
  record: GrantRecord,
): Promise<string[]> {
  const { rights: before } = record;
  if (before === null) return [];
  try {
    const now = await held.rights();
    const gained = (now ?? []).filter((right) => !before.includes(right));
    const more = gained.length - TOLD;
    return more > 0 ? [...gained.slice(0, TOLD), `${more} more rights`] : gained;
  } catch (error) {
    world.log.warn({ grant: record.id, err: error }, 'rights could not be compared');
    return [`what could not be read: ${toldFault(error).message.slice(0, 500)}`];
  }
}
