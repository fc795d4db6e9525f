import type { CompiledPolicies, Ledger, World } from '../../ports.js';
import { policyInForce, type PolicyLedger } from '../judge/in-force.js';

/** A ledger that says when a policy has come into force by what it appends. */
export function tellsPolicy(ledger: Ledger, told: () => void): Ledger {
  return {
    ...ledger,
    append: async (now, news, options) => {
      const written = await ledger.append(now, news, options);
      const kinds = written.map(({ kind }) => kind);
      if (kinds.includes('policy.in_force') || kinds.includes('ledger.started')) told();
      return written;
    },
  };
}

interface KeepCompiledWorld extends Pick<World, 'policy' | 'log'> {
  readonly ledger: PolicyLedger;
  readonly compiled: CompiledPolicies;
}

/**
 * Keeps the compiled rules of the policy in force where decision processes find them, which compile nothing.
 */
export async function keepCompiled(world: KeepCompiledWorld): Promise<void> {
  const { compiled, log } = world;
  try {
    const policy = await policyInForce(world);
    if (!policy) return;
    const { tree, compiler } = policy.digests;
    if (await compiled.has(tree, compiler)) return;
    await compiled.keep(tree, compiler, policy.wasm);
    log.info({ policy: tree }, 'kept the compiled policy for decision processes');
  } catch (error) {
    log.error({ err: error }, 'could not keep the compiled policy for decision processes');
  }
}
