import { canonical, fingerprint } from '../../core/reading/canonical.js';
import type { NewEntry } from '../../core/ledger/events.js';
import type { CheckReport } from '../../core/report/check-run.js';
import { comparable, decisions, report, waitingFor } from '../../core/report/report.js';
import type { Snapshot } from '../../core/change/snapshot.js';
import { pullTopic } from '../../core/work/topic.js';
import { EngineFault, Late, OverLimits, Unreadable } from '../../ports.js';
import type { LoadedPolicy, Reviewers, World } from '../../ports.js';
import { obstacle } from '../land/first-start.js';
import { teamsOf } from './power.js';
import { judge } from './changes.js';
import type { Judged } from './changes.js';
import { policyInForce } from './in-force.js';

/**
 * Judges one pull request and shows the decision on it: snapshot, decide, record, report (DESIGN: snapshot,
 * then decide). Nothing is written when nothing changed.
 */
export async function evaluate(world: World, number: number): Promise<Date | null> {
  const now = await world.clock.now();
  const { tip, branch, policy } = await judgedAgainst(world);
  const tell = 'fault' in policy ? { teams: [], given: {} } : teamsOf(world, policy.loaded.data);
  let snapshot;
  try {
    snapshot = await world.pullRequests.snapshot({ number, tip, step: null, ...tell });
  } catch (error) {
    if (!(error instanceof Unreadable || error instanceof Late)) throw error;
    const open = await showUnreadable(world, number, error);
    // Only another head reads otherwise; what is not open here was somebody's word alone (invariant 25).
    if (!open || error instanceof OverLimits) return null;
    throw error;
  }
  const pr = snapshot.pull_request;
  const others = snapshot.shares_head_with;
  if (pr.state !== 'open' || pr.base_ref !== branch) {
    // Whoever shared its head may have it alone now.
    await wantPulls(world, others);
    return null;
  }
  if (others.length > 0) {
    const { head } = await world.ledger.state();
    const same_head = [number, ...others].sort((a, b) => a - b);
    const check = report({ ...NOTHING, pull_request: pr, same_head, head });
    await show(world, number, check, { others });
    // What ends this happens to another pull request: each look at the list asks for this one again.
    await world.ledger.show(number, { seen: null });
    return null;
  }
  const judged =
    'fault' in policy ? policy : await judgeOrFault(world, policy.loaded, snapshot, now);
  if (!('fault' in judged)) await record(world, number, judged, now);
  const asked = 'fault' in judged ? NOBODY : await toRequest(world, snapshot, judged);
  const { head } = await world.ledger.state();
  const reporting = (reviewers_refused: string | null) =>
    report({
      ...NOTHING,
      pull_request: pr,
      changes: 'fault' in judged ? [] : judged.changes,
      problems: 'fault' in judged ? [] : judged.problems,
      policies: 'fault' in judged ? null : (judged.policies?.decided ?? null),
      out_of_force: outOfForce(policy, snapshot),
      fault: 'fault' in judged ? judged.fault : null,
      reviewers_refused,
      head,
    });
  const refused = await show(world, number, reporting(asked.refused), { asked });
  // A refusal is a line of the summary.
  if (refused !== asked.refused) await show(world, number, reporting(refused));
  return null;
}

/** What a report is made from where nothing was judged. */
const NOTHING = {
  changes: [],
  problems: [],
  policies: null,
  out_of_force: null,
  fault: null,
  reviewers_refused: null,
  same_head: [],
} as const;

/** What a pull request is judged against: the last applied step, or before first start the tip (invariant 1). */
async function judgedAgainst(world: World): Promise<{
  tip: string;
  branch: string;
  policy: { loaded: LoadedPolicy } | { fault: string };
}> {
  const { started, last_step } = await world.ledger.state();
  if (started && last_step !== null) {
    return { tip: last_step, branch: started.source.default_branch, policy: await inForce(world) };
  }
  const { source, tip } = await world.repository.source();
  const why = (await obstacle(world, tip)) ?? 'it is under way';
  const fault = `Daypass has not started on this repository yet: ${why}`;
  return { tip, branch: source.default_branch, policy: { fault } };
}

/** An engine fault is a failure with its reason, never a silence (invariant 3). */
async function inForce(world: World): Promise<{ loaded: LoadedPolicy } | { fault: string }> {
  try {
    const loaded = await policyInForce(world);
    return loaded ? { loaded } : { fault: 'no policy is in force yet' };
  } catch (error) {
    if (error instanceof EngineFault) return { fault: error.message };
    throw error;
  }
}

/** The `policies/` of the default branch, where it is not the tree in force (invariant 1). */
function outOfForce(
  policy: { loaded: LoadedPolicy } | { fault: string },
  { comparison }: Snapshot,
): string | null {
  if ('fault' in policy) return null;
  const { policies_tip: tip } = comparison;
  return tip === policy.loaded.digests.tree ? null : (tip ?? 'none');
}

async function judgeOrFault(
  world: World,
  policy: LoadedPolicy,
  snapshot: Snapshot,
  now: Date,
): Promise<Judged | { fault: string }> {
  try {
    return await judge(world, policy, snapshot, { moment: 'pull_request', now });
  } catch (error) {
    if (error instanceof EngineFault || error instanceof Unreadable)
      return { fault: error.message };
    throw error;
  }
}

/** Records what is new: reviews first seen, and decisions that differ from the last ones written. */
async function record(world: World, number: number, judged: Judged, now: Date): Promise<void> {
  const news: NewEntry[] = [...judged.reviews];
  for (const entry of judged.decisions) {
    if (entry.kind !== 'decision.made' && entry.kind !== 'policy.judged') continue;
    const last = await world.ledger.lastDecision(number, entry.body.digest);
    if (last === null || differs(entry, last.body)) news.push(entry);
  }
  if (news.length > 0) await world.ledger.append(now, news);
}

type Made = Extract<NewEntry, { kind: 'decision.made' | 'policy.judged' }>;

/** What a decision was made on may change without changing it; the policy that made it may not. */
function differs(entry: Made, last: string): boolean {
  const said = (body: Made['body']) =>
    'replay' in body
      ? canonical({ ...body, replay: body.replay && { policy: body.replay.policy } })
      : canonical({ ...body, reviews: null, members: null, known: null });
  return said(entry.body) !== said(JSON.parse(last) as Made['body']);
}

/** Who is to be requested now, and what GitHub said to it when they were requested before. */
interface ToRequest {
  readonly reviewers: Reviewers | null;
  /** All who will have been requested then; null for nobody more. */
  readonly requested: Requested | null;
  readonly refused: string | null;
}

/** Who was requested for a set of changes. */
interface Requested {
  readonly of: string;
  readonly teams: readonly string[];
  readonly users: readonly string[];
}

const NOBODY: ToRequest = { reviewers: null, requested: null, refused: null };

/** Each of the reviewers that the decisions wait for is requested once for a set of changes, whoever approves meanwhile. */
async function toRequest(world: World, snapshot: Snapshot, judged: Judged): Promise<ToRequest> {
  const { number } = snapshot.pull_request;
  const decided = { changes: judged.changes, policies: judged.policies?.decided ?? null };
  const who = waitingFor(decided);
  if (who.teams.length + who.users.length === 0) return NOBODY;
  const digests = decisions(decided).map(({ change }) => change.digest);
  const of = fingerprint(digests);
  const shown = (await world.ledger.shown(number)).requested;
  const last =
    shown === null ? null : (JSON.parse(shown) as Requested & { refused: string | null });
  const before = last?.of === of ? last : { of, teams: [], users: [], refused: null };
  const teams = who.teams.filter((team) => !before.teams.includes(team));
  const users = who.users.filter((user) => !before.users.includes(user));
  if (teams.length + users.length === 0) return { ...NOBODY, refused: before.refused };
  return {
    reviewers: { number, teams, users },
    requested: { of, teams: [...before.teams, ...teams], users: [...before.users, ...users] },
    refused: null,
  };
}

/** What cannot be read is a failure with its reason, and is tried again (invariant 3). False where it is not open. */
async function showUnreadable(world: World, number: number, error: Error): Promise<boolean> {
  const pull = (await world.pullRequests.open()).find((one) => one.number === number);
  if (!pull) return false;
  const { head } = await world.ledger.state();
  const fault = `it could not be read: ${error.message}`;
  const of = { head_sha: pull.head_sha, url: '' };
  await show(world, number, report({ ...NOTHING, pull_request: of, fault, head }));
  return true;
}

/** Kept as what is shown on a head where another pull request that has it wrote last. */
const BY_ANOTHER = '';

/**
 * Writes what is new of it; answers what GitHub says, or said, to the request for reviewers. A commit has one check:
 * of `others` that have this head it is remembered what they wrote, and those who wrote otherwise are judged again.
 */
async function show(
  world: World,
  number: number,
  check: CheckReport,
  {
    asked: { reviewers, requested, refused: before } = NOBODY,
    others = [],
  }: { readonly asked?: ToRequest; readonly others?: readonly number[] } = {},
): Promise<string | null> {
  const print = fingerprint(comparable(check));
  const shown = await world.ledger.shown(number);
  const theirs = await Promise.all(
    others.map(async (other) => ({ other, wrote: (await world.ledger.shown(other)).check })),
  );
  const agreed = theirs.every(({ wrote }) => wrote === print || wrote === BY_ANOTHER);
  if (shown.check === print && agreed && reviewers === null) return before;
  const refused = (await world.reports.check(check, reviewers)) ?? before;
  const otherwise = theirs.flatMap(({ other, wrote }) => (wrote === print ? [] : [other]));
  for (const other of otherwise) await world.ledger.show(other, { check: BY_ANOTHER });
  await wantPulls(world, otherwise);
  await world.ledger.show(number, {
    check: print,
    ...(requested !== null && { requested: JSON.stringify({ ...requested, refused }) }),
  });
  world.log.info(
    { pull_request: number, sha: check.head_sha, conclusion: check.conclusion },
    check.title,
  );
  return refused;
}

async function wantPulls(world: World, numbers: readonly number[]): Promise<void> {
  if (numbers.length === 0) return;
  await world.work.want(numbers.map(pullTopic), await world.clock.now());
}
