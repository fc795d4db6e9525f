import { subHours } from 'date-fns/subHours';
import { approverTeams, teamsAsRecorded } from '../../core/policy/approvers.js';
import { changesOf } from '../../core/change/change.js';
import type { Change } from '../../core/change/change.js';
import { consentOf } from '../../core/decision/consent.js';
import { decide } from '../../core/decision/decision.js';
import type { DecidedChange, Deciding } from '../../core/decision/decision.js';
import { less } from '../../core/grant/effect.js';
import { policyInput } from '../../core/decision/facts.js';
import { pendingFacts } from '../../core/ledger/pending.js';
import type { PendingFacts } from '../../core/decision/grant-facts.js';
import { MOST_GRANTS } from '../../core/grant/grant.js';
import type { DecisionMoment, NewEntry } from '../../core/ledger/events.js';
import { LIVE_STATES } from '../../core/grant/record.js';
import type { GrantRecord } from '../../core/grant/record.js';
import { TOGETHER } from '../../core/decision/policy-change.js';
import type { Problem } from '../../core/reading/problem.js';
import type { Reason } from '../../core/reading/reason.js';
import { readWords, wordsIn } from '../../core/decision/seen-review.js';
import type { SeenReview } from '../../core/decision/seen-review.js';
import type { Snapshot } from '../../core/change/snapshot.js';
import { unshowable } from '../../core/report/report.js';
import { windowDenials } from '../../core/decision/window-denials.js';
import { OverLimits } from '../../ports.js';
import type { World } from '../../ports.js';
import { askPeople } from './ask-people.js';
import type { AskPeople } from './ask-people.js';
import { askPolicy } from './ask-policy.js';
import { decideWords } from './decide-words.js';
import { decisionEntry } from './decision-entry.js';
import type { PolicyInForce } from './in-force.js';
import { overAt } from './over.js';
import { powerDenials } from './power.js';
import { askAboutPolicy, findPolicyChange } from './policy.js';
import type { JudgedPolicy } from './policy.js';
import { seeReviews } from './see-reviews.js';

/** How far back policy sees a subject's grants: 30 days of 24 hours. */
const HISTORY_HOURS = 30 * 24;

/** What judging needs; the policy in force is passed separately. */
export type JudgeWorld = Pick<
  World,
  'ledger' | 'policy' | 'pullRequests' | 'repository' | 'providers'
>;

/** A change with its decision, and the `decision.made` that records it. */
export interface JudgedChange extends DecidedChange {
  readonly entry: NewEntry;
}

/** The result of a snapshot at one moment: each change with its decision, and the entries that record it. */
export interface Judged {
  readonly changes: readonly JudgedChange[];
  readonly problems: readonly Problem[];
  readonly live: readonly GrantRecord[];
  /** `review.seen` entries not yet written. */
  readonly reviews: readonly NewEntry[];
  /** The entries of all decisions: one for each change, and a `policy.judged` where policy changes. */
  readonly decisions: readonly NewEntry[];
  /** The change of policy; null if there is none, and before activation, which concerns grants only. */
  readonly policies: JudgedPolicy | null;
}

/** A landed grant whose step is judged again, as it stood before that step. */
export interface Again {
  readonly grant: string;
  /** Null where the step added it. */
  readonly before: GrantRecord | null;
  /** Its window has changed since, so the step's own window is no longer checked against the time. */
  readonly rewindowed: boolean;
}

/**
 * Judges a snapshot by the policy in force (invariants 1, 3, 5, 7). Reads the ledger, asks the policy; everything
 * between is pure. Throws `OverLimits` if it changes more than 100 grants.
 */
export async function judge(
  world: JudgeWorld,
  policy: PolicyInForce,
  snapshot: Snapshot,
  at: { readonly moment: DecisionMoment; readonly now: Date; readonly again?: Again },
): Promise<Judged> {
  const { again } = at;
  const live = (await world.ledger.grants({ states: LIVE_STATES })).flatMap((g) =>
    g.id === again?.grant ? (again.before ?? []) : g,
  );
  const used = await world.ledger.identities();
  const against = { data: policy.data, providers: world.providers, live, used, now: at.now };
  const { comparison, accounts } = snapshot;
  const over = await overAt(world, comparison);
  const rewindowed = again?.rewindowed ?? false;
  const query = { ...against, over, comparison, accounts, rewindowed };
  const { changes, problems } = changesOf(query);
  const grants = new Set(changes.map(({ path }) => path)).size;
  // Before activation its step was already judged, and only one of its grants matters.
  if (grants > MOST_GRANTS && !again)
    throw new OverLimits(`it changes ${grants} grants; at most ${MOST_GRANTS} are allowed at once`);
  const found = await findPolicyChange(world, policy, comparison);
  const { moment } = at;
  const people = askPeople(world, snapshot, live);
  const grants_too = changes.length + problems.length > 0;
  const askedPolicy =
    found && moment !== 'activation'
      ? await askAboutPolicy(world, policy, snapshot, found, { moment, people, grants_too })
      : null;
  const digests = changes.map(({ digest }) => digest);
  if (found) digests.push(found.change.digest);
  const readable = { digests, words: wordsIn(changes) };
  const { seen, entries } = await seeReviews(world, snapshot, readable, {
    ...against,
    in_force: policy.digests.tree,
    named: found && {
      digest: found.change.digest,
      new_approvers: askedPolicy?.new_approvers ?? null,
    },
  });
  const asked: Decide<JudgedChange>[] = [];
  for (const change of changes) {
    const facts = { ...at, live, seen, people };
    asked.push(await askOne(world, policy, snapshot, changes, change, facts));
  }
  const decideAll: DecideAll = (denied) => ({
    changes: asked.map((decide) => decide(denied)),
    policies: askedPolicy?.decide(seen, denied) ?? null,
  });
  const { changes: judged, policies } = shownWhole(decideAll, problems, moment);
  const decisions = [...judged, ...(policies ? [policies] : [])].map(({ entry }) => entry);
  return { changes: judged, problems, live, reviews: entries, decisions, policies };
}

/** Makes decisions of what was asked, with further denials of the core's own. */
type Decide<T> = (denied: readonly Reason[]) => T;
type DecideAll = Decide<Pick<Judged, 'changes' | 'policies'>>;

/**
 * What no check shows whole is denied, so that nothing is given that nobody can have read. Before activation only one
 * of the grants matters, and its step was judged.
 */
function shownWhole(
  decideAll: DecideAll,
  problems: readonly Problem[],
  moment: DecisionMoment,
): Pick<Judged, 'changes' | 'policies'> {
  const decided = decideAll([]);
  const policies = decided.policies?.decided ?? null;
  const large = moment === 'activation' ? null : unshowable({ ...decided, problems, policies });
  return large === null ? decided : decideAll([large]);
}

/** Asks everything about one change that giving or taking access needs; less access goes through whatever is denied. */
async function askOne(
  world: JudgeWorld,
  policy: PolicyInForce,
  snapshot: Snapshot,
  siblings: readonly Change[],
  change: Change,
  at: {
    readonly moment: DecisionMoment;
    readonly now: Date;
    readonly again?: Again;
    readonly live: readonly GrantRecord[];
    readonly seen: readonly SeenReview[];
    readonly people: AskPeople;
  },
): Promise<Decide<JudgedChange>> {
  if (change.kind === 'reworded') {
    const words = await decideWords(snapshot, change, at, together(snapshot, change));
    return () => words;
  }
  const { teams } = await at.people([]);
  const input = policyInput({
    change,
    siblings: siblings.filter((other) => other !== change),
    snapshot: { ...snapshot, teams: teamsAsRecorded(teams, policy.approvers) },
    data: policy.data,
    live: at.live,
    history: await historyOf(world, change, at.now),
    pending: less(change) ? [] : await pendingOf(world, snapshot, change),
    again: at.again?.grant ?? null,
    now: at.now,
  });
  const { answer, fault } = await askPolicy(policy, input, at.moment);
  const windows = at.again?.rewindowed ? [] : windowDenials(change, at.now, policy.data.settings);
  const requester = snapshot.pull_request.author;
  const consent_of = consentOf(
    change,
    { requester, contributors: snapshot.contributors },
    policy.data,
  );
  const owners = { any_of: { teams: consent_of?.teams ?? [], users: [] } };
  const people = await at.people([...(answer?.require ?? []), owners]);
  const power = await powerDenials(world, policy.approvers, change, snapshot, at.moment);
  const given: Deciding = {
    digest: change.digest,
    words: readWords(change),
    subject_id: change.effect.subject_id,
    consent_of,
    answer,
    core_denials: [...together(snapshot, change), ...power, ...fault, ...windows],
    reviews: snapshot.reviews,
    seen: at.seen,
    requester,
    contributors: snapshot.contributors,
    bots: policy.data.settings.bots ?? [],
    ...people,
    approver_teams: approverTeams(policy.data),
    ids: policy.approvers,
  };
  const asked = { input, policy: policy.digests };
  return (denied) => {
    const of = less(change)
      ? given
      : { ...given, core_denials: [...given.core_denials, ...denied] };
    const decision = decide(of);
    const entry = decisionEntry(snapshot, change, at.moment, decision, of, asked);
    return { change, answer, decision, covers_now: input.covers_now, entry };
  };
}

/** The subject's recently ended grants, which cumulative limits count. */
async function historyOf(
  world: Pick<World, 'ledger'>,
  change: Change,
  now: Date,
): Promise<readonly GrantRecord[]> {
  return world.ledger.grants({
    subject: change.effect.subject_id,
    ended_after: subHours(now, HISTORY_HOURS).toISOString(),
  });
}

/** What other open pull requests are approved to give the same subject but have not landed. */
async function pendingOf(
  world: Pick<World, 'ledger'>,
  { open_pulls }: Snapshot,
  { effect }: Change,
): Promise<readonly PendingFacts[]> {
  const decisions = await world.ledger.pending({ pulls: open_pulls, subject: effect.subject_id });
  return decisions.map(pendingFacts).filter((facts) => facts !== null);
}

/** Policy and grants do not change together (invariant 2); changes that reduce access never wait for that. */
function together(snapshot: Snapshot, change: Change): readonly Reason[] {
  if (snapshot.comparison.policies.length === 0 || less(change)) return [];
  return [TOGETHER];
}
