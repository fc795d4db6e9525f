import type { CompiledPolicies, World } from '../../ports.js';
import { policyInForce, type PolicyLedger } from '../judge/in-force.js';

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
