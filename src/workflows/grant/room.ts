import { noRoom, type Room } from '../../core/decision/unreviewed.js';
import { BEGUN_STATES, type GrantRecord } from '../../core/grant/record.js';
import { limitsOf } from '../../core/policy/without-review.js';
import { tooManyUnreviewed, type World } from '../../ports.js';
import { dataInForce } from '../judge/in-force.js';

/**
 * What a grant needs room for that nobody reviewed, by the settings in force; null for others. Throws where there is none
 * now, so that it waits without a call to anybody. The ledger looks again in the transaction of the intent, because
 * others begin meanwhile.
 */
export async function roomFor(
  world: Pick<World, 'ledger' | 'policy'>,
  record: GrantRecord,
): Promise<Room | null> {
  if (record.unreviewed !== true) return null;
  const data = await dataInForce(world);
  const settings = data?.settings ?? { environments: {} };
  const room = { grant: record.id, limits: limitsOf(settings, record.declared.environment) };
  const begun = await world.ledger.grants({ states: BEGUN_STATES });
  const full = noRoom([record, ...begun], room);
  if (full) throw tooManyUnreviewed(full);
  return room;
}
