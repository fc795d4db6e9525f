import { answeredUse, deniedUse, faultyUse, type UseDecision } from '../../core/use/answer.js';
import { askFor, type AskFor } from '../../core/use/ask-for.js';
import type { RepositoryPage } from '../../core/use/new-file.js';
import type { PolicyData } from '../../core/policy/catalog.js';
import { weigh, type Question } from '../../core/use/weigh.js';
import type { GrantRecord } from '../../core/grant/record.js';
import type { Act } from '../../core/use/act.js';
import { own, quote, someOf } from '../../core/reading/problem.js';
import { EngineFault } from '../../ports.js';
import type { Clock, Ledger, LoadedPolicy, World } from '../../ports.js';
import { policyInForce, type PolicyLedger } from '../judge/in-force.js';

/** Where a use is meant: the only environment of a resource, or the one that was named. Returns in words why neither is. */
export function environmentMeant(
  { catalog }: Pick<PolicyData, 'catalog'>,
  { resource, environment }: Pick<AskedUse, 'resource' | 'environment'>,
): { readonly environment: string } | { readonly why: string } {
  const offered = Object.keys(own(catalog, resource)?.environments ?? {});
  const where = environment ?? (offered.length === 1 ? offered[0] : undefined);
  return where === undefined && offered.length > 1
    ? { why: `${quote(resource)} is in ${someOf(offered)}. Say which with --environment` }
    : { environment: where ?? '' };
}

/** Decides one use on grants that were read: weighed by the core, then asked of the rules, which can only deny it. */
export async function decideOn(
  policy: Pick<LoadedPolicy, 'data' | 'use'>,
  question: Question,
  grants: readonly GrantRecord[],
  now: Date,
): Promise<UseDecision> {
  const weighed = weigh(question, { data: policy.data, grants, now });
  if (weighed.kind === 'denied') return deniedUse(weighed);
  try {
    return answeredUse(weighed, await policy.use(weighed.input));
  } catch (error) {
    if (!(error instanceof EngineFault)) throw error;
    return faultyUse(weighed, error.message);
  }
}

/** A use as somebody asks about it by names. */
export interface AskedUse {
  readonly login: string;
  readonly resource: string;
  /** Null for the only environment of the resource. */
  readonly environment: string | null;
  readonly act: Act;
}

/** The answer, and what would allow it where it is denied. */
export interface ToldUse {
  readonly at: string;
  readonly question: Question;
  readonly decision: UseDecision;
  /** The smallest grant that would allow it; null where it is allowed, or no grant would allow it. */
  readonly ask_for: AskFor | null;
}

interface MayUseWorld extends Pick<World, 'policy' | 'providers'> {
  readonly ledger: PolicyLedger & Pick<Ledger, 'grants'>;
  readonly clock: Clock;
  /** The access repository in a browser; null where the environment does not name it. */
  readonly page: Omit<RepositoryPage, 'default_branch'> | null;
}

/**
 * Whether somebody may do something now, by the grants of the ledger and the policy in force. Returns in words why that
 * cannot be told.
 */
export async function mayUse(
  world: MayUseWorld,
  { login, resource, environment, act }: AskedUse,
): Promise<ToldUse | { readonly why: string }> {
  const now = await world.clock.now();
  const policy = await policyInForce(world);
  if (!policy) return { why: 'no policy is in force yet: first start has not ended' };
  const where = environmentMeant(policy.data, { resource, environment });
  if ('why' in where) return where;
  const named = await world.ledger.grants({ login });
  const known = own(policy.data.identities.people, login.toLowerCase())?.github_id;
  const ids = [...new Set([...named.map((one) => one.subject.id), ...(known ? [known] : [])])];
  if (ids.length > 1)
    return { why: `${quote(login)} stands for several accounts: ${ids.join(', ')}` };
  const [id] = ids;
  if (id === undefined)
    return { why: `neither the ledger nor identities.yaml knows ${quote(login)}` };
  const question = { subject: { id, login }, resource, ...where, act };
  const decision = await decideOn(policy, question, named, now);
  const { started } = await world.ledger.state();
  const { data } = policy;
  const branch = started?.source.default_branch;
  const page = world.page && branch ? { ...world.page, default_branch: branch } : null;
  const ask_for = askFor(decision, question, { data, providers: world.providers, page });
  return { at: now.toISOString(), question, decision, ask_for };
}
