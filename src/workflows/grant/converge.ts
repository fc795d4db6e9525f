import { addMilliseconds } from 'date-fns/addMilliseconds';
import { handsOver, isMissed, isToRestore, nextDue } from '../../core/ledger/due.js';
import { activate, type ActivateWorld } from './activate.js';
import { end } from './end.js';
import { tellEndingSoon } from './ending-soon.js';

/** How soon an end looks again whether the start that follows on it was made, ms. */
const HANDOVER_LOOK_MS = 500;

/**
 * Brings one grant to the state it should be in now: started, ended, retried, or its coming end announced. The record
 * alone says what is due, no matter what woke the worker. Returns when to look again, null if the record's own due
 * time says it.
 */
export async function convergeGrant(world: ActivateWorld, id: string): Promise<Date | null> {
  const record = await world.ledger.grant(id);
  if (!record) return null;
  const now = await world.clock.now();
  const due = nextDue(record);
  if (due === null) return null;
  if (due.at > now.toISOString()) return new Date(due.at);
  if (record.state === 'scheduled') return activate(world, record, now);
  const over = record.revoked_by !== null || (record.window?.ends_at ?? '') <= now.toISOString();
  if (over && record.revoked_by === null) {
    const scheduled = await world.ledger.scheduledFor(record.subject.id);
    if (handsOver(record, scheduled, now)) return addMilliseconds(now, HANDOVER_LOOK_MS);
  }
  if (over || isMissed(record, now)) return end(world, record, now);
  if (record.state === 'activating' || isToRestore(record)) return activate(world, record, now);
  return due.what === 'soon' ? tellEndingSoon(world, record, now) : null;
}
