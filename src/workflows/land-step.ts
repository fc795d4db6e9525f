import { changesOf } from '../core/change.js';
import { landing } from '../core/landing.js';
import type { LandingChange, LandingPolicy } from '../core/landing.js';
import type { NewEntry } from '../core/ledger/events.js';
import { LIVE_STATES } from '../core/ledger/record.js';
import type { GrantRecord, Who } from '../core/ledger/record.js';
import type { Problem } from '../core/problem.js';
import { EngineFault } from '../ports.js';
import type { LoadedPolicy, PolicyTree, StepFacts, World } from '../ports.js';
import { teamsOf } from './governed.js';
import { judge } from './judge.js';
import { findPolicyChange } from './judge-policy.js';
import { policyInForce } from './policy-in-force.js';
import { mentioned } from './see-reviews.js';

/** A step as judged, before it is written. */
interface Read {
  readonly by: Who | null;
  readonly changes: readonly LandingChange[];
  readonly problems: readonly Problem[];
  readonly policies: (LandingPolicy & { readonly tree: PolicyTree | null }) | null;
  readonly live: readonly GrantRecord[];
  readonly before: readonly NewEntry[];
}

/**
 * Applies one step: what takes access takes effect however it landed; what gives access is decided again
 * on the reviews of the pull request that this step merged, and is quarantined otherwise (invariant 7).
 * All of it is one transaction that expects the step before, so a step is applied once.
 */
export async function landStep(world: World, found: StepFacts): Promise<void> {
  const now = await world.clock.now();
  const policy = await policyInForce(world).catch(async (error: unknown) => {
    await endRemoved(world, found, now);
    throw error;
  });
  if (!policy) throw new EngineFault('no policy is in force yet');
  const step = { ...found, pull_request: await unapplied(world, found.pull_request) };
  const read =
    step.pull_request === null
      ? await direct(world, policy, step, now)
      : await merged(world, policy, step, step.pull_request, now);
  const entries = landing({
    ...read,
    step,
    activate_within_seconds: policy.data.settings.activate_within_seconds,
    mass_ending: policy.data.settings.mass_ending,
  });
  const inForce = entries.some(({ kind }) => kind === 'policy.in_force');
  const version = new Map(read.live.map((grant) => [grant.id, grant.version]));
  const touched = entries.flatMap((e) => (e.grant === null ? [] : [e.grant]));
  await world.ledger.append(now, [...read.before, ...entries], {
    expect: {
      last_step: step.parent,
      grants: Object.fromEntries(touched.map((id) => [id, version.get(id) ?? 0])),
    },
    ...(read.policies?.tree && inForce && { archive: read.policies.tree }),
    want: [
      'pulls:all',
      ...(step.pull_request === null ? [] : [`comment:${String(step.pull_request)}`]),
    ],
  });
  world.log.info(
    { sha: step.commit, pull_request: step.pull_request, changes: read.changes.length },
    'step landed',
  );
}

/**
 * Where the policy in force cannot be loaded no step lands; but what it takes away ends all the same
 * (invariants 7, 16). Once the step lands, those grants are ending already and change no more.
 */
async function endRemoved(world: World, step: StepFacts, now: Date): Promise<void> {
  const { grants } = await world.repository.stepComparison(step);
  const removed = new Set(grants.filter(({ after }) => after === null).map(({ path }) => path));
  const live = await world.ledger.grants({ states: ['activating', 'active'] });
  const ending = live.filter((g) => g.revoked_by === null && removed.has(g.declared.path));
  if (ending.length === 0) return;
  await world.ledger.append(
    now,
    ending.map((grant) => ({
      kind: 'grant.ending',
      grant: grant.id,
      pull_request: step.pull_request,
      body: { why: `its file was taken away in ${step.commit.slice(0, 12)}`, who: null },
    })),
    { expect: { grants: Object.fromEntries(ending.map((g) => [g.id, g.version])) } },
  );
}

/** One pull request is applied once: a second step that claims it is a push without one. */
async function unapplied(world: World, pull_request: number | null): Promise<number | null> {
  if (pull_request === null) return null;
  return (await world.ledger.landedBy(pull_request)) === null ? pull_request : null;
}

async function merged(
  world: World,
  policy: LoadedPolicy,
  step: StepFacts,
  number: number,
  now: Date,
): Promise<Read> {
  const snapshot = await world.pullRequests.snapshot({
    number,
    tip: step.parent,
    step,
    ...teamsOf(world, policy.data),
  });
  const judged = await judge(world, policy, snapshot, { moment: 'step', now });
  const { author } = snapshot.pull_request;
  return {
    by: author && { id: author.id, login: author.login },
    changes: judged.changes,
    problems: judged.problems,
    policies: judged.policies?.landing ?? null,
    live: judged.live,
    before: [
      ...judged.reviews,
      ...judged.decisions,
      ...(judged.policies ? [judged.policies.entry] : []),
    ],
  };
}

async function direct(
  world: World,
  policy: LoadedPolicy,
  step: StepFacts,
  now: Date,
): Promise<Read> {
  const comparison = await world.repository.stepComparison(step);
  const logins = mentioned(comparison);
  const { accounts } = await world.pullRequests.people({ teams: [], logins });
  const found = await findPolicyChange(world, policy, comparison);
  const live = await world.ledger.grants({ states: LIVE_STATES });
  const { changes, problems } = changesOf({
    comparison,
    accounts,
    live,
    used: await world.ledger.identities(),
    data: policy.data,
    providers: world.providers,
    now,
  });
  return {
    by: null,
    changes: changes.map((change) => ({ change, decision: null })),
    problems,
    policies: found && { change: found.change, decision: null, digests: null, tree: found.given },
    live,
    before: [],
  };
}
