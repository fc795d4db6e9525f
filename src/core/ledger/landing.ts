import type { Change } from '../change/change.js';
import { refusal, type Decision } from '../decision/decision.js';
import { beyondLimits, isUnreviewed } from '../decision/unreviewed.js';
import type { LandedGrant, NewEntry, PolicyDigests } from './events.js';
import type { GrantRecord, Who } from '../grant/record.js';
import type { ApproverIds } from '../policy/approvers.js';
import type { Settings } from '../policy/catalog.js';
import type { MassEnding } from '../policy/mass-ending.js';
import type { PolicyChange } from '../decision/policy-change.js';
import type { Problem } from '../reading/problem.js';
import { withWords, reasonInWords, type Reason } from '../reading/reason.js';
import type { StepFacts } from './steps.js';
import { changedFrom, extended, heldEndings, narrowed, withdrawn } from './taken-away.js';
import { otherWords, reworded } from './reworded.js';
import { parseTimestamp } from '../reading/timestamp.js';
import type { DeclaredWindow } from '../grant/window.js';

/** A change of a step with the decision made at the step, which is null where the step had no pull request. */
export interface LandingChange {
  readonly change: Change;
  readonly decision: Decision | null;
}

/**
 * A step's change of policy, the decision made at the step, and where the new tree loads its digests and who its
 * approvers are.
 */
export interface LandingPolicy {
  readonly change: PolicyChange;
  readonly decision: Decision | null;
  readonly digests: PolicyDigests | null;
  readonly approvers: ApproverIds | null;
}

export interface Landing {
  readonly step: StepFacts;
  readonly by: Who | null;
  readonly changes: readonly LandingChange[];
  readonly problems: readonly Problem[];
  /** Null where the step left policy as it was. */
  readonly policies: LandingPolicy | null;
  /** Why the step could not be read as a whole; then only its changes of live grants are here. */
  readonly over_limits: string | null;
  /** When its pull request was merged, in GitHub's format; null where it had none. */
  readonly merged_at: string | null;
  readonly activate_within_seconds: number;
  readonly ending_soon_seconds: number;
  /** Ids of grants in the ledger: a commit that lands once more does not add them again. */
  readonly known: ReadonlySet<string>;
  /** The grants that were live before the step; `mass_ending` limits how many people may lose some of them by a step. */
  readonly live: readonly GrantRecord[];
  readonly mass_ending: MassEnding;
  /** The environments of the settings, which limit how many grants may be live that nobody reviewed. */
  readonly environments: Settings['environments'];
  readonly now: Date;
}

/** The most lines that are recorded about what does not take effect in one step. */
const MAX_TOLD = 100;

/** The id of the grant that a commit of the default branch adds at a path: a path that is used again is another grant. */
export const grantId = (path: string, commit: string): string => `${path}@${commit}`;

/**
 * The entries of one landed step (invariant 7). Less access takes effect however it landed; more access only if it was
 * approved for this step's digest. The rest is quarantined or, where there is no grant to quarantine, listed as ignored.
 */
export function landing(of: Landing): readonly NewEntry[] {
  const added = of.changes.filter(({ change }) => change.kind === 'added');
  const quarantined = new Set(added.map(({ change }) => change.path));
  const ignored: Reason[] = of.problems
    .filter(({ path }) => !quarantined.has(path))
    .map((problem) => ({
      ...reasonOf(problem),
      message: `${problem.path}: ${problem.message}`,
    }));
  if (of.over_limits !== null) {
    const message = `${of.over_limits}: Daypass looked only at what it did to live grants, and what it adds gives nothing. Land it in smaller steps.`;
    ignored.unshift({ code: 'over_limits', message });
  }
  const policies = policiesOf(of);
  if (policies && 'code' in policies) ignored.push(policies);
  const { lasting, held } = heldEndings({ ...of, changes: of.changes.map((one) => one.change) });
  if (held !== null) ignored.push({ code: 'endings_held', message: held });
  const paths = new Set(lasting.map(({ path }) => path));
  const told = of.changes.filter(({ change }) => !lasting.includes(change));
  const giving = told.filter(({ change }) => objections(of, change, paths).length === 0);
  const beyond = beyondLimits(giving, of.live, of);
  const grants = told.flatMap((landed) => {
    const limit = beyond.get(landed.change);
    const against = [...objections(of, landed.change, paths), ...(limit ? [limit] : [])];
    const entry = entryOf(of, landed, against);
    if (!('code' in entry)) return [entry, ...otherWords(of, landed.change)];
    ignored.push(entry);
    return [];
  });
  const { commit, parent, pull_request } = of.step;
  return [
    {
      kind: 'step.landed',
      grant: null,
      pull_request,
      body: {
        ...{ commit, parent, pull_request, by: of.by, ignored: shortened(ignored) },
        reasons: ignored.slice(0, MAX_TOLD),
      },
    },
    ...(policies && !('code' in policies) ? [policies] : []),
    ...grants,
  ];
}

/** The entry that puts the step's tree into force, or why it does not come into force; null for no change (invariant 1). */
function policiesOf(of: Landing): NewEntry | Reason | null {
  const { policies, step } = of;
  if (!policies || policies.change.from === policies.change.to) return null;
  const { change, decision, digests, approvers } = policies;
  if (decision?.outcome !== 'approved' || !digests || !approvers) {
    const why =
      decision?.outcome === 'approved' ? 'it does not load' : inWords(refusals(of, decision));
    const message = `policies/ changed, but the change does not take effect: ${why}`;
    return { code: 'policy_out_of_force', message };
  }
  return {
    kind: 'policy.in_force',
    grant: null,
    pull_request: step.pull_request,
    body: { policy: digests, from: change.from, digest: change.digest, approvers },
  };
}

function inWords(reasons: readonly Reason[]): string {
  return reasons.map(reasonInWords).join('; ');
}

function reasonOf({ code, key, message }: Problem): Reason {
  return { code, ...(key !== undefined && { key }), message };
}

function shortened(ignored: readonly Reason[]): string[] {
  const more = ignored.length - MAX_TOLD;
  const words = ignored.slice(0, MAX_TOLD).map(reasonInWords);
  return more <= 0 ? words : [...words, `and ${String(more)} more`];
}

/** The entry of one change, or why it changes nothing. `against` is what else than its decision speaks against it. */
function entryOf(
  of: Landing,
  { change, decision }: LandingChange,
  against: readonly Reason[],
): NewEntry | Reason {
  switch (change.kind) {
    case 'added':
      return (
        against.find(({ code }) => code === 'landed_before') ?? added(of, change, decision, against)
      );
    case 'withdrawn':
      return withdrawn(of, changedFrom(change));
    case 'narrowed':
      return narrowed(of, change);
    case 'reworded':
      return reworded(of, change);
    case 'extended': {
      if (decision?.outcome === 'approved' && against.length === 0)
        return extended(of, change, isUnreviewed(decision));
      const why = inWords([...against, ...refusals(of, decision)]);
      const message = `${change.path}: the extension was not approved (${why}); it ends as before`;
      return { code: 'extension_not_approved', message };
    }
  }
}

/** A path never has two live grants: removing the file would end only one of them. */
const LASTS: Reason = {
  code: 'endings_held',
  message:
    'the end of the grant that this file had before is held, so nothing is given in its place',
};

/** What else than its decision speaks against a grant that is added. */
function objections(of: Landing, { kind, path }: Change, lasting: ReadonlySet<string>): Reason[] {
  if (kind !== 'added') return [];
  if (of.known.has(grantId(path, of.step.commit))) {
    const message = `${path}: it has landed with this commit before, and a grant that has ended stays ended. Ask for it again in a pull request.`;
    return [{ code: 'landed_before', message }];
  }
  const problems = of.problems.filter((problem) => problem.path === path).map(reasonOf);
  return [...(lasting.has(path) ? [LASTS] : []), ...problems];
}

function added(
  of: Landing,
  change: Change,
  decision: Decision | null,
  against: readonly Reason[],
): NewEntry {
  if (!change.to) throw new Error(`${change.path} is added and has no content`);
  const { lines: _lines, ...declared } = change.to.declared;
  const { id, login, member } = change.to.subject;
  const landed: LandedGrant & { window: DeclaredWindow } = {
    declared,
    subject: { id, login },
    ...(member && { member }),
    requester: of.by,
    entitled: change.to.entitled,
    digest: change.digest,
    commit: of.step.commit,
    parent: of.step.parent,
    window: declared.window,
  };
  const at = { grant: grantId(change.path, of.step.commit), pull_request: of.step.pull_request };
  const merged_at = mergedAt(of);
  return decision?.outcome === 'approved' && against.length === 0
    ? {
        ...at,
        kind: 'grant.approved',
        body: {
          ...landed,
          activate_within_seconds: of.activate_within_seconds,
          ending_soon_seconds: of.ending_soon_seconds,
          ...(merged_at !== null && { merged_at }),
          unreviewed: isUnreviewed(decision),
        },
      }
    : {
        ...at,
        kind: 'grant.quarantined',
        body: { ...landed, ...withWords([...against, ...refusals(of, decision)]) },
      };
}

/**
 * When the access that lands now was merged. Null where that is not known, and where GitHub's clock is ahead of ours,
 * because nothing may start after its landing on GitHub's word alone.
 */
function mergedAt({ merged_at, now }: Landing): string | null {
  const parsed = merged_at === null ? null : parseTimestamp(merged_at);
  return parsed?.ok && parsed.at <= now.toISOString() ? parsed.at : null;
}

/** Why a decision gives nothing. */
function refusals({ over_limits }: Landing, decision: Decision | null): readonly Reason[] {
  if (!decision) {
    return over_limits === null
      ? [{ code: 'no_pull_request', message: 'it landed without a pull request' }]
      : [{ code: 'over_limits', message: over_limits }];
  }
  return refusal(decision, 'approvals were missing when it landed');
}
