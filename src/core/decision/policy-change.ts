import { changedOnBoth } from '../change/both-sides.js';
import { fingerprint } from '../reading/canonical.js';
import type { ApproverIds } from '../policy/approvers.js';
import type { PolicyData } from '../policy/catalog.js';
import { reachedAnew, type ReachProviders } from '../policy/targets.js';
import type { Decision } from './decision.js';
import type { AskedRequirement, Spoken } from './facts.js';
import type { PolicyTree } from '../policy/tree.js';
import type { CaseDifference } from './known-case.js';
import type { PolicyEffects } from './policy-effects.js';
import { counted, own, type Problem } from '../reading/problem.js';
import type { Reason } from '../reading/reason.js';
import type { Comparison } from '../change/snapshot.js';

/** One file of `policies/` that differs from the tree in force. */
export interface PolicyFileChange {
  /** Path from the repository's root. */
  readonly path: string;
  /** Null where the file is missing. */
  readonly before: string | null;
  readonly after: string | null;
}

/** What merging does to policy, compared with the tree in force, whatever the tip has (invariant 2). */
export interface PolicyChange {
  /** Id of the tree in force. */
  readonly from: string;
  /** Id of the tree that merging gives; null where there is none or it cannot be read. */
  readonly to: string | null;
  /** What approvals are bound to (invariant 5): the pair of trees. */
  readonly digest: string;
  readonly files: readonly PolicyFileChange[];
}

/** A judged change of policy. */
export interface DecidedPolicy {
  readonly change: PolicyChange;
  readonly decision: Decision;
  readonly problems: readonly Problem[];
  /** How many Rego tests of the new tree passed; null where they were not run. */
  readonly tests_passed: number | null;
  /** Whom it names whose ids only GitHub says; null where the new tree cannot be read. */
  readonly new_approvers: ApproverIds | null;
  /** What the newest decisions would have been under the new tree. */
  readonly known: KnownCases;
  readonly effects: PolicyEffects;
}

/** How many recent decisions were asked of both trees, and on which the trees differ. */
export interface KnownCases {
  readonly asked: number;
  readonly differing: readonly CaseDifference[];
}

/** The fingerprint of a change of policy, in hex. */
export function policyDigest(from: string, to: string | null): string {
  return fingerprint({ policies: { from, to } });
}

/** The change from the tree in force to `given`, which is null where no tree would take its place. */
export function policyChange(inForce: PolicyTree, given: PolicyTree | null): PolicyChange {
  const to = given?.id ?? null;
  const after = given?.files ?? {};
  const paths = [...new Set([...Object.keys(inForce.files), ...Object.keys(after)])].sort();
  const files = paths
    .map((path): PolicyFileChange => ({
      path: `policies/${path}`,
      before: own(inForce.files, path) ?? null,
      after: own(after, path) ?? null,
    }))
    .filter(({ before, after }) => before !== after);
  return { from: inForce.id, to, digest: policyDigest(inForce.id, to), files };
}

/** The problems of `policies/` files that changed both on the branch and on its base. */
export function policyConflicts({ policies }: Comparison): readonly Problem[] {
  return policies.flatMap((change) => changedOnBoth(change) ?? []);
}

const RULE = 'core/policy';

/**
 * Who must approve a change of policy (invariant 2): the policy owners of the tree in force and, where they differ, of
 * the new one. If only the file of one resource in force changes, also one of the resource's owners in each of the two
 * trees; then one of the policy owners is enough, unless the resource would reach something new or its standing access
 * changes. Whatever changes, the owners of every other resource whose slots or target it newly reaches are asked.
 * `given` is null where the new tree does not load.
 */
export function policyRequirements(
  files: readonly PolicyFileChange[],
  inForce: PolicyData,
  given: PolicyData | null,
  providers: ReachProviders,
): readonly AskedRequirement[] {
  const anew = given ? reachedAnew(inForce, given, providers) : NOTHING_NEW;
  const name = onlyResource(files);
  const resource = name === null ? undefined : own(inForce.catalog, name);
  const both = [inForce, ...(given ? [given] : [])];
  const ofPolicy = both.map(({ settings }) => ownersOfPolicy(settings));
  const others = anew.concerned.map((other) => ({
    ...asks(own(inForce.catalog, other)?.owners ?? [], [], 1),
    message: `One of the owners of ${other}, whose target or access this names.`,
  }));
  if (name === null || !resource) return [...ofPolicy, ...others];
  const { teams, users } = inForce.settings.policy_owners;
  const ofResource = both.flatMap(({ catalog }) => {
    const found = own(catalog, name);
    return found ? [found.owners] : [];
  });
  const samePeople = users.length === 0 && ofResource.some((one) => same(one, teams));
  const one = { ...asks(teams, users, samePeople ? 2 : 1), message: 'One of the policy owners.' };
  return [
    ...(anew.any ? ofPolicy : [one]),
    ...ofResource.map((one) => ({ ...asks(one, [], 1), message: `One of the owners of ${name}.` })),
    ...others,
  ];
}

const NOTHING_NEW = { any: false, concerned: [] };

/** The resource whose file is the only one that changes; null where others do. */
function onlyResource(files: readonly PolicyFileChange[]): string | null {
  const [file, ...more] = files;
  if (!file || more.length > 0) return null;
  return /^policies\/catalog\/(.+)\.yaml$/.exec(file.path)?.[1] ?? null;
}

function ownersOfPolicy({ policy_owners }: PolicyData['settings']): AskedRequirement {
  const { teams, users, count } = policy_owners;
  const message = 'Policy is changed by its owners (settings.policy_owners).';
  return { ...asks(teams, users, count), message };
}

function asks(teams: readonly string[], users: readonly string[], count: number) {
  return { rule: RULE, any_of: { teams, users }, count, exclude: [] };
}

function same(one: readonly string[], other: readonly string[]): boolean {
  const names = new Set(other);
  return new Set(one).size === names.size && one.every((name) => names.has(name));
}

/** Why a change of policy is denied before anybody is asked. */
export function policyDenials(
  change: PolicyChange,
  problems: readonly Problem[],
  grantsToo: boolean,
): readonly Reason[] {
  const denials: Reason[] = [];
  if (problems.length > 0) {
    const message = `policies/ would not work after merging: ${counted(problems.length, 'problem')}`;
    denials.push({ code: 'policy_has_problems', rule: RULE, message });
  } else if (change.to === null) {
    const message = 'merging would leave no policies/ folder to judge by';
    denials.push({ code: 'policy_missing', rule: RULE, message });
  }
  if (grantsToo) denials.push(TOGETHER);
  return denials;
}

/** Policy and grants may not change together (invariant 2). */
export const TOGETHER: Reason = {
  code: 'policies_and_grants_together',
  rule: 'core/policies',
  message: 'A pull request changes grants or policies/, never both: open one for each.',
};

/** What the core says where merging restores what is in force: nobody has to approve that. */
export const BACK: Spoken = {
  rule: RULE,
  message: 'Merging restores the policies/ that are in force.',
};
