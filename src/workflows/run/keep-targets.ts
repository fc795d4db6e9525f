import type { World } from '../../ports.js';

export type KeepTargetsWorld = Pick<World, 'ledger' | 'providers' | 'targets' | 'log'>;

/**
 * Keeps a session at each target with access that exists or is being made, so that nobody with such access can use up
 * what its end needs (invariant 16). Activation keeps one before it gives anything, whenever this last looked.
 */
export async function keepTargets(world: KeepTargetsWorld): Promise<void> {
  const { ledger, providers, targets, log } = world;
  const faults = () => new Map(targets.kept().map((kept) => [kept.target, kept.fault]));
  const before = faults();
  try {
    await targets.keepOnly(async () => {
      const begun = await ledger.targetsInUse();
      return begun.filter(({ provider }) => providers[provider]?.keeps_open === true);
    });
  } catch (error) {
    log.error({ err: error }, 'could not read which targets have live grants');
  }
  for (const [target, fault] of faults()) {
    if (fault === (before.get(target) ?? null)) continue;
    if (fault === null) log.info({ target }, 'a session is kept at this target again');
    else log.warn({ target, why: fault }, 'no session could be kept at this target');
  }
}
