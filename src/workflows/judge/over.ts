import type { Comparison } from '../../core/change/snapshot.js';
import { OVER_STATES, type GrantRecord } from '../../core/grant/record.js';
import type { World } from '../../ports.js';

/** The grants that are over and whose files a comparison changes: of each path the newest grant, where that is over. */
export async function overAt(
  { ledger }: { readonly ledger: Pick<World['ledger'], 'grants'> },
  { grants }: Pick<Comparison, 'grants'>,
): Promise<readonly GrantRecord[]> {
  const paths = grants.filter(({ tip, after }) => tip && after).map(({ path }) => path);
  if (paths.length === 0) return [];
  const landed = await ledger.grants({ paths });
  const newest = new Map(landed.map((record) => [record.declared.path, record]));
  return [...newest.values()].filter(({ state }) => OVER_STATES.includes(state));
}
