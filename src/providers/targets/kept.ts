import { TargetFault } from '../../ports.js';
import type { TargetName, Targets } from '../../ports.js';

interface KeptTarget extends TargetName {
  /** How often it was asked for: what was asked for meanwhile is not let go. */
  readonly times: number;
  readonly fault: string | null;
}

/** The targets at which a session is kept: at most one session for each target that the operator configured. */
export function createKept(
  connection: Targets['connection'],
): Pick<Targets, 'keepOpen' | 'keepOnly' | 'kept'> {
  const all = new Map<string, KeptTarget>();
  const keyOf = ({ provider, target }: TargetName) => JSON.stringify([provider, target]);

  const keepOpen: Targets['keepOpen'] = async (provider, target) => {
    const name = { provider, target };
    const key = keyOf(name);
    const { times = 0, fault = null } = all.get(key) ?? {};
    all.set(key, { ...name, times: times + 1, fault });
    const tell = (now: string | null) => {
      const still = all.get(key);
      if (still) all.set(key, { ...still, fault: now });
    };
    try {
      await (await connection(provider, target)).keepOpen?.();
      tell(null);
    } catch (error) {
      tell(error instanceof TargetFault ? error.message : 'an unexpected error, see the log');
      throw error;
    }
  };
  const letGo = async (key: string, { provider, target }: TargetName) => {
    all.delete(key);
    const open = await connection(provider, target);
    // It may be wanted again by now.
    if (!all.has(key)) await open.letGo?.();
  };
  return {
    keepOpen,
    keepOnly: async (wanted) => {
      const before = [...all];
      const names = await wanted();
      const keys = new Set(names.map(keyOf));
      const gone = before.filter(
        ([key, { times }]) => !keys.has(key) && all.get(key)?.times === times,
      );
      await Promise.allSettled([
        ...names.map(({ provider, target }) => keepOpen(provider, target)),
        ...gone.map(([key, name]) => letGo(key, name)),
      ]);
    },
    kept: () =>
      [...all.values()].map(({ provider, target, fault }) => ({ provider, target, fault })),
  };
}
