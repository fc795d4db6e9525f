import { changesOf } from '../../core/change/change.js';
import { grantId, landing } from '../../core/ledger/landing.js';
import type { LandingChange, LandingPolicy } from '../../core/ledger/landing.js';
import type { NewEntry } from '../../core/ledger/events.js';
import { LIVE_STATES } from '../../core/grant/record.js';
import type { GrantRecord, Who } from '../../core/grant/record.js';
import type { Problem } from '../../core/reading/problem.js';
import { commentTopics } from '../../core/work/topic.js';
import { EngineFault, OverLimits } from '../../ports.js';
import type { PolicyTree, StepFacts, World } from '../../ports.js';
import { teamsToRead } from '../judge/power.js';
import { judge, type JudgeWorld } from '../judge/changes.js';
import { findPolicyChange } from '../judge/policy.js';
import { policyInForce, type PolicyInForce } from '../judge/in-force.js';
import { overAt } from '../judge/over.js';
import { mentioned } from '../judge/see-reviews.js';

/** What landing needs. */
export type LandWorld = JudgeWorld & Pick<World, 'clock' | 'log'>;

/** A judged step, before it is written. */
interface ReadStep {
  readonly by: Who | null;
  readonly changes: readonly LandingChange[];
  readonly problems: readonly Problem[];
  readonly policies: (LandingPolicy & { readonly tree: PolicyTree | null }) | null;
  readonly over_limits: string | null;
  readonly merged_at: string | null;
  readonly live: readonly GrantRecord[];
  readonly before: readonly NewEntry[];
}

/**
 * Applies one step: changes that remove access take effect however they landed; changes that give access are decided
 * again on the reviews of the pull request that this step merged, and are otherwise quarantined (invariant 7). It is
 * all one transaction that expects the step before, so a step is applied once.
 */
export async function landStep(world: LandWorld, found: StepFacts): Promise<void> {
  const now = await world.clock.now();
  const policy = await policyInForce(world);
  if (!policy) throw new EngineFault('no policy is in force yet');
  const step = { ...found, pull_request: await unapplied(world, found.pull_request) };
  const reading =
    step.pull_request === null
      ? direct(world, policy, step, now)
      : merged(world, policy, step, step.pull_request, now);
  const read = await reading.catch((error: unknown) => {
    if (error instanceof OverLimits) return direct(world, policy, step, now, error);
    throw error;
  });
  const entries = landing({
    ...read,
    step,
    known: await knownOf(world, step, read.changes),
    activate_within_seconds: policy.data.settings.activate_within_seconds,
    ending_soon_seconds: policy.data.settings.ending_soon_seconds,
    mass_ending: policy.data.settings.mass_ending,
    environments: policy.data.settings.environments,
    now,
  });
  const inForce = entries.some(({ kind }) => kind === 'policy.in_force');
  const version = new Map(read.live.map((grant) => [grant.id, grant.version]));
  const touched = entries.flatMap((e) => (e.grant === null ? [] : [e.grant]));
  // Judging takes a while, so the time of writing decides whether an end has begun meanwhile.
  const written = await world.ledger.append(await world.clock.now(), [...read.before, ...entries], {
    expect: {
      last_step: step.parent,
      grants: Object.fromEntries(touched.map((id) => [id, version.get(id) ?? 0])),
    },
    ...(read.policies?.tree && inForce && { archive: read.policies.tree }),
    // Shown on the step's own pull request, and on that of each grant that it changes.
    want: [
      'pulls:all',
      ...[step, ...read.live.filter(({ id }) => touched.includes(id))].flatMap((one) =>
        commentTopics(one.pull_request),
      ),
    ],
  });
  const ignored = entries.flatMap((one) => (one.kind === 'step.landed' ? one.body.ignored : []));
  for (const why of ignored)
    world.log.error({ sha: step.commit, pull_request: step.pull_request }, why);
  world.log.info(
    {
      ...{ sha: step.commit, pull_request: step.pull_request, changes: read.changes.length },
      // Kept outside the database, so that a rewritten ledger is detected (invariant 22).
      head: written.at(-1)?.hash,
    },
    'step landed',
  );
}

/**
 * The grants added by a step that are already in the ledger, because the branch pointed elsewhere in between (`daypass
 * trust`).
 */
async function knownOf(
  { ledger }: Pick<World, 'ledger'>,
  { commit }: StepFacts,
  changes: readonly LandingChange[],
): Promise<ReadonlySet<string>> {
  const added = changes.filter(({ change }) => change.kind === 'added');
  const ids = added.map(({ change }) => grantId(change.path, commit));
  const found = await Promise.all(ids.map((id) => ledger.grant(id)));
  return new Set(ids.filter((_, i) => found[i] !== null));
}

function pathsOf(live: readonly GrantRecord[]): readonly string[] {
  return live.map(({ declared }) => declared.path);
}

/** A pull request is applied once: a second step that claims it counts as a push without one. */
async function unapplied(
  world: Pick<World, 'ledger'>,
  pull_request: number | null,
): Promise<number | null> {
  if (pull_request === null) return null;
  return (await world.ledger.stepOf(pull_request)) === null ? pull_request : null;
}

async function merged(
  world: LandWorld,
  policy: PolicyInForce,
  step: StepFacts,
  number: number,
  now: Date,
): Promise<ReadStep> {
  const snapshot = await world.pullRequests.snapshot({
    number,
    tip: step.parent,
    step,
    ...teamsToRead(world, policy.data),
  });
  const judged = await judge(world, policy, snapshot, { moment: 'step', now });
  const { author, merged_at } = snapshot.pull_request;
  return {
    by: author && { id: author.id, login: author.login },
    changes: judged.changes,
    problems: judged.problems,
    policies: judged.policies?.landing ?? null,
    over_limits: null,
    merged_at,
    live: judged.live,
    before: [...judged.reviews, ...judged.decisions],
  };
}

/**
 * A step without any reviews. If it exceeds the limits, only its effect on live grants is read: it would exceed them
 * at each try, and later steps wait for it (invariant 7).
 */
async function direct(
  world: LandWorld,
  policy: PolicyInForce,
  step: StepFacts,
  now: Date,
  over: OverLimits | null = null,
): Promise<ReadStep> {
  const live = await world.ledger.grants({ states: LIVE_STATES });
  const comparison = await world.repository.stepComparison(step, ...(over ? [pathsOf(live)] : []));
  const logins = mentioned(comparison);
  const { accounts } = await world.pullRequests.people({ teams: [], logins });
  const found = await findPolicyChange(world, policy, comparison);
  const { changes, problems } = changesOf({
    comparison,
    accounts,
    live,
    over: await overAt(world, comparison),
    used: await world.ledger.identities(),
    data: policy.data,
    providers: world.providers,
    now,
  });
  return {
    by: null,
    changes: changes.map((change) => ({ change, decision: null })),
    problems,
    policies: found && {
      ...{ change: found.change, decision: null, digests: null, approvers: null },
      tree: found.given,
    },
    over_limits: over && `the step is too large to be judged: ${over.message}`,
    merged_at: null,
    live,
    before: [],
  };
}
