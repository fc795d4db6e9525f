import { decide, type Deciding } from '../../core/decision/decision.js';
import { groundsOf } from '../../core/decision/grounds.js';
import type { PolicyInput, Spoken } from '../../core/decision/facts.js';
import type { DecisionMoment, NewEntry } from '../../core/ledger/events.js';
import { askedOf, comesTo } from '../../core/decision/known-case.js';
import type { CaseDifference } from '../../core/decision/known-case.js';
import type { LandingPolicy } from '../../core/ledger/landing.js';
import {
  approverIds,
  approverNames,
  bothIds,
  newApprovers,
  unknownApprovers,
  type ApproverIds,
} from '../../core/policy/approvers.js';
import {
  BACK,
  policyChange,
  policyConflicts,
  policyDenials,
  policyRequirements,
} from '../../core/decision/policy-change.js';
import type { DecidedPolicy, KnownCases, PolicyChange } from '../../core/decision/policy-change.js';
import { leavesPlaces, policyEffects, unheldScopes } from '../../core/decision/policy-effects.js';
import { LIVE_STATES } from '../../core/grant/record.js';
import type { PolicyData } from '../../core/policy/catalog.js';
import { rulesProblem, type PolicyTree } from '../../core/policy/tree.js';
import type { Problem } from '../../core/reading/problem.js';
import type { SeenReview } from '../../core/decision/seen-review.js';
import type { Reason } from '../../core/reading/reason.js';
import type { Comparison, Snapshot } from '../../core/change/snapshot.js';
import { EngineFault, Unreadable } from '../../ports.js';
import type { LoadedPolicy, World } from '../../ports.js';
import type { AskPeople } from './ask-people.js';
import { archivedTree, type PolicyInForce } from './in-force.js';

/** A change of policy as found, before anything is asked about it. */
export interface FoundPolicy {
  readonly change: PolicyChange;
  readonly given: PolicyTree | null;
  readonly problems: readonly Problem[];
}

/** A change of policy as judged at one moment, and the entry that records it. */
export interface JudgedPolicy {
  readonly decided: DecidedPolicy;
  readonly entry: NewEntry;
  /** The new tree, to be archived if it comes into force. */
  readonly landing: LandingPolicy & { readonly tree: PolicyTree | null };
}

/** What a comparison changes in policy, starting from the tree in force (invariant 2); null if nothing. */
export async function findPolicyChange(
  world: Pick<World, 'ledger' | 'repository'>,
  policy: LoadedPolicy,
  comparison: Comparison,
): Promise<FoundPolicy | null> {
  if (comparison.policies.length === 0) return null;
  const inForce = await archivedTree(world, policy.digests.tree);
  const found = { given: null as PolicyTree | null, problems: [...policyConflicts(comparison)] };
  try {
    found.given = await world.repository.policiesAfter(comparison);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    found.problems.push({
      ...{ path: 'policies', line: null },
      ...{ code: 'unreadable', message: error.message },
    });
  }
  return { ...found, change: policyChange(inForce, found.given) };
}

/** A change of policy about which everything was asked, before it is decided. */
export interface AskedPolicyChange {
  /** Whom it names whose ids only GitHub says: approvals are for these, too. */
  readonly new_approvers: ApproverIds | null;
  readonly decide: (seen: readonly SeenReview[], denied: readonly Reason[]) => JudgedPolicy;
}

/**
 * Judges a change of policy by the core, never by Rego (invariant 2): the new tree must load, pass the core's own
 * trial and its own Rego tests, and the owners of policy must have approved this very pair of trees.
 */
export async function askAboutPolicy(
  world: Pick<World, 'ledger' | 'policy' | 'providers'>,
  policy: PolicyInForce,
  snapshot: Snapshot,
  found: FoundPolicy,
  at: {
    readonly moment: Exclude<DecisionMoment, 'activation'>;
    readonly grants_too: boolean;
    readonly people: AskPeople;
  },
): Promise<AskedPolicyChange> {
  const { change, given } = found;
  const back = change.from === change.to;
  const trial =
    given && !back && found.problems.length === 0 ? await world.policy.trial(given) : null;
  const wrong = [...found.problems, ...(trial?.problems ?? []), ...untested(change, trial)];
  const data = trial?.policy?.data ?? null;
  const known = await askKnown(world, policy, trial?.policy ?? null);
  const unheld = await unheldNow(world, policy.data, data);
  const problems = [...wrong, ...known.problems].slice(0, MOST_PROBLEMS);
  const require = back ? [] : policyRequirements(change.files, policy.data, data, world.providers);
  const named = data ? [{ any_of: approverNames(data) }] : [];
  const people = await at.people([...require, ...named]);
  const approvers = data && approverIds(data, policy.approvers, people);
  const ids = bothIds(policy.approvers, approvers);
  const anew = approvers && newApprovers(approvers, data, policy.approvers);
  const core_denials = policyDenials(change, problems, at.grants_too);
  const asked: Omit<Deciding, 'seen'> = {
    digest: change.digest,
    new_approvers: anew,
    subject_id: null,
    consent_of: null,
    answer: {
      deny: [],
      warn: [...unknown(approvers), ...unheld],
      require,
      approve: back ? [BACK] : [],
    },
    core_denials,
    reviews: snapshot.reviews,
    requester: snapshot.pull_request.author,
    contributors: snapshot.contributors,
    bots: policy.data.settings.bots ?? [],
    ...people,
    approver_teams: Object.keys(ids.teams),
    ids,
  };
  const tests_passed = trial?.tests_passed ?? null;
  const decideOn: AskedPolicyChange['decide'] = (seen, denied) => {
    const deciding = { ...asked, seen, core_denials: [...core_denials, ...denied] };
    const decision = decide(deciding);
    return {
      decided: {
        change,
        decision,
        problems,
        tests_passed,
        new_approvers: anew,
        known: known.cases,
        effects: policyEffects(change.files, policy.data, data),
      },
      landing: {
        ...{ change, decision, digests: trial?.policy?.digests ?? null },
        ...{ approvers, tree: given },
      },
      entry: {
        kind: 'policy.judged',
        grant: null,
        pull_request: snapshot.pull_request.number,
        body: {
          moment: at.moment,
          from: change.from,
          to: change.to,
          digest: change.digest,
          head: snapshot.comparison.head,
          files: change.files.map(({ path }) => path),
          decision,
          problems,
          tests_passed,
          known: known.cases,
          reviews: [...seen],
          grounds: groundsOf(deciding, { seen: true }),
        },
      },
    };
  };
  return { new_approvers: anew, decide: decideOn };
}

/** This many recent decisions are asked again, unless that takes longer. */
const KNOWN = 50;
const KNOWN_MS = 5_000;

/** At most this many problems are shown and recorded: after fixing them the author sees the rest. */
const MOST_PROBLEMS = 50;

/** Asks both policies about recent decisions; a question that the new one cannot answer is a problem (invariant 3). */
async function askKnown(
  { ledger }: Pick<World, 'ledger'>,
  inForce: LoadedPolicy,
  given: LoadedPolicy | null,
): Promise<{ readonly cases: KnownCases; readonly problems: readonly Problem[] }> {
  const differing: CaseDifference[] = [];
  const problems: Problem[] = [];
  const known = given ? await ledger.knownCases(KNOWN) : [];
  const until = performance.now() + KNOWN_MS;
  let asked = 0;
  for (const { path, pull_request, input } of known) {
    if (!given || problems.length > 0 || performance.now() > until) break;
    asked += 1;
    const was = await cameTo(inForce, input);
    try {
      const is = comesTo(await given.request(askedOf(input, given.data)));
      if (is !== was) differing.push({ path, pull_request, was, is });
    } catch (error) {
      if (!(error instanceof EngineFault)) throw error;
      const message = `it cannot answer what was asked in pull request ${pull_request}: ${error.message}`;
      problems.push(rulesProblem('engine_fault', message));
    }
  }
  return { cases: { asked, differing }, problems };
}

/** Live grants are read only where a change leaves a place that was guarded. */
async function unheldNow(
  { ledger }: Pick<World, 'ledger'>,
  inForce: PolicyData,
  given: PolicyData | null,
): Promise<readonly Spoken[]> {
  if (!given || !leavesPlaces(inForce, given)) return [];
  return unheldScopes(inForce, given, await ledger.grants({ states: LIVE_STATES }));
}

/** What the policy in force says. If it can no longer answer, a new one must still be able to take its place. */
async function cameTo(inForce: LoadedPolicy, input: PolicyInput): Promise<string> {
  try {
    return comesTo(await inForce.request(askedOf(input, inForce.data)));
  } catch (error) {
    if (error instanceof EngineFault) return 'no answer';
    throw error;
  }
}

/** Rules that could not be tested do not come into force; data alone needs no OPA. */
function untested(
  { files }: PolicyChange,
  trial: { readonly policy: unknown; readonly tests_passed: number | null } | null,
): readonly Problem[] {
  if (!trial?.policy || trial.tests_passed !== null) return [];
  if (!files.some(({ path }) => path.endsWith('.rego'))) return [];
  const message =
    'the Rego tests were not run: the worker has no OPA. Ask its operator to install OPA and restart the worker, then press "Re-run" on this check.';
  return [rulesProblem('rego_tests_not_run', message)];
}

/** The names of the new policy that would be names of nobody. */
function unknown(approvers: ApproverIds | null): readonly Spoken[] {
  if (!approvers) return [];
  return unknownApprovers(approvers).map((name) => ({
    rule: 'core/policy',
    message: `GitHub has no such approver: ${name}. Nobody counts under this name, even if somebody takes it later, until its id is written under ids in settings.yaml.`,
  }));
}
