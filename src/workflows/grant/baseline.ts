import { canonical } from '../../core/reading/canonical.js';
import { holdingsInWords, type GrantRecord, type Holding } from '../../core/grant/record.js';
import {
  countedBaseline,
  firstBaseline,
  lowered,
  type Baseline,
} from '../../core/ledger/baseline.js';
import { TargetFault } from '../../ports.js';
import type { World } from '../../ports.js';
import type { LeasedSlot } from './slot.js';
import { appendAbout, entryAbout } from './entries.js';

/**
 * The baseline that an intent records: the baseline of the grants already on the slot, as far as it is still there;
 * for the first grant, the access that Daypass did not give. Throws a lasting fault if the target does not show who
 * gave it and `catalog.standing` does not list it: then a person has to decide (invariant 15).
 */
export function baselineOf(
  leased: LeasedSlot,
  others: readonly GrantRecord[],
  observed: readonly Holding[],
): Baseline {
  const { join } = leased.provider;
  const [other] = others;
  if (other) {
    const baseline = lowered(join, countedBaseline(leased.tells_ours, other.baseline), observed);
    return { baseline, leftovers: [] };
  }
  const first = firstBaseline(join, { ...leased, observed });
  if (leased.tells_ours || first.leftovers.length === 0) return first;
  throw new TargetFault(
    `${leased.slot.identity} already has ${holdingsInWords(first.leftovers)} on ${leased.slot.object}, and no live grant or standing entry explains it. The target does not tell whether Daypass gave it, so this grant waits: list it under standing in the catalog if it is meant to be permanent, or take it away at the target`,
    true,
    { code: 'access_unexplained' },
  );
}

/**
 * Records what others took away from a baseline before anything is given, for every grant on the slot, so that no end
 * restores it as if it had been there all along (invariant 15). Returns the first record as it is then; throws
 * `Conflict` if one of them has moved on.
 */
export async function lowerBaselines(
  world: Pick<World, 'ledger'>,
  leased: LeasedSlot,
  grants: readonly [GrantRecord, ...GrantRecord[]],
  observed: readonly Holding[],
  now: Date,
): Promise<GrantRecord> {
  const changed = grants.flatMap((record) => {
    const baseline = lowered(leased.provider.join, record.baseline, observed);
    return canonical(baseline) === canonical(record.baseline) ? [] : [{ record, baseline }];
  });
  const [first] = grants;
  if (changed.length === 0) return first;
  const entries = changed.map(({ record, baseline }) =>
    entryAbout(record, 'drift.seen', {
      slot: leased.key,
      drift: [
        ...record.drift,
        `somebody took away the access that was there before (${holdingsInWords(record.baseline)}; now ${holdingsInWords(baseline)}): Daypass does not give it again`,
      ],
      observed: [...observed],
      baseline: [...baseline],
    }),
  );
  const records = changed.map(({ record }) => record);
  await appendAbout(world, records, now, entries);
  const current = await world.ledger.grant(first.id);
  if (!current) throw new Error(`${first.id} is no longer in the ledger`);
  return current;
}
