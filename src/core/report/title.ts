import type {
  CheckReport,
  Fault,
  CheckContent,
  SummaryContent,
  DecidedContent,
} from './check-run.js';
import type { Consent } from '../decision/consent.js';
import type { DecidedChange, Decision, Requirement } from '../decision/decision.js';
import { oneLine, plain } from './escape.js';
import type { DecidedPolicy } from '../decision/policy-change.js';
import { counted, placed, type Problem } from '../reading/problem.js';
import type { Reason } from '../reading/reason.js';

/** People do not read more of a title. */
const TITLE_LENGTH = 240;

/**
 * The conclusion and a one-line reason; never `neutral` or `skipped`, which would pass. `too_large` says that the
 * summary does not show everything, which fails whatever else would pass.
 */
export function headline(
  of: CheckContent,
  too_large: Fault | null,
): Pick<CheckReport, 'conclusion' | 'title'> {
  const { changes, policies } = of;
  const problems = problemsOf(of);
  const decided = decisions(of);
  const blocked = notJudged(of);
  if (blocked !== null) return failure(blocked.message);
  const [problem] = problems;
  if (problem) return failure(placed(problem), problems.length - 1);
  if (decided.length === 0)
    return { conclusion: 'success', title: 'Approved: nothing here for Daypass' };
  if (too_large !== null) return failure(too_large.message);
  const denials = decided.flatMap(({ decision }) => decision.denials);
  const denied = decided.filter(({ decision }) => decision.outcome === 'denied');
  if (denied.length > 0) {
    const which = decided.length > 1 ? `${denied.length} of ${much(of)}: ` : '';
    const why = denials[0]?.message ?? 'no reason was given';
    const before = unknownContributors(of).length > 0 ? `${NO_APPROVAL} (see the summary); ` : '';
    return failure(which + before + why, denials.length - 1);
  }
  if (decided.some(({ decision }) => decision.outcome !== 'approved')) {
    return { conclusion: 'action_required', title: waiting(of) };
  }
  return {
    conclusion: 'success',
    title: `Approved: ${plain(policies ? policy(policies) : approved(changes), TITLE_LENGTH)}`,
  };
}

/** Why the whole pull request cannot be judged, or null. */
export function notJudged(of: SummaryContent): Fault | null {
  if (of.fault !== null) {
    const { code, message } = of.fault;
    return { code, message: `it could not be judged: ${message}` };
  }
  if (of.same_head.length > 0) {
    const all = of.same_head.map((number) => `#${number}`).join(', ');
    const message = `the open pull requests ${all} have the same head: close all but one, or push to one`;
    return { code: 'same_head', message };
  }
  if (of.policies === null || of.changes.length + of.problems.length === 0) return null;
  const message = 'it changes policies and grants together: split it into two pull requests';
  return { code: 'policies_and_grants_together', message };
}

/** Every decision, on grants and on policy. */
export function decisions({
  changes,
  policies,
}: Pick<DecidedContent, 'changes' | 'policies'>): readonly Decided[] {
  return policies ? [...changes, policies] : changes;
}

interface Decided {
  readonly change: { readonly digest: string };
  readonly decision: Decision;
}

/** Everything that has to be fixed, in grant files and in `policies/`. */
export function problemsOf({
  problems,
  policies,
}: Pick<DecidedContent, 'problems' | 'policies'>): readonly Problem[] {
  return policies ? [...problems, ...policies.problems] : problems;
}

/** Says that the pull request changes more than a summary can show: nobody may approve what they cannot read. */
export function tooLarge(of: DecidedContent): Reason {
  const message = `one check cannot show all of it (${much(of)}): split it into smaller pull requests`;
  return { code: 'cannot_show_all', rule: 'core/report', message };
}

/** How much a pull request changes, in words. */
function much({ changes, policies }: DecidedContent): string {
  return policies
    ? `${counted(policies.change.files.length, 'file')} of policies/`
    : counted(changes.length, 'change');
}

function policy({ change }: DecidedPolicy): string {
  if (change.from === change.to) return 'policies/ stays the one in force';
  return `policies/ changes in ${counted(change.files.length, 'file')}`;
}

function failure(why: string, more = 0): Pick<CheckReport, 'conclusion' | 'title'> {
  const rest = more > 0 ? ` (and ${more} more)` : '';
  return { conclusion: 'failure', title: `Denied: ${plain(why, TITLE_LENGTH)}${rest}` };
}

function approved(changes: readonly DecidedChange[]): string {
  const [only] = changes;
  const declared = only?.change.to?.declared ?? only?.change.from?.declared;
  if (changes.length > 1 || !only || !declared) return counted(changes.length, 'change');
  const { subject, role, resource, environment } = declared;
  const access = `${role} on ${resource} in ${environment}`;
  const { kind } = only.change;
  if (kind === 'reworded') return `other words for ${subject}'s ${access}, which stays`;
  const done = { added: 'gets', extended: 'keeps', narrowed: 'gets less of', withdrawn: 'loses' };
  return `${subject} ${done[kind]} ${access}`;
}

/** The requirements that are not met. What several changes ask of the same people counts as one. */
export function unmet(changes: readonly Decided[]): readonly Requirement[] {
  return asked(changes).filter(({ met_by, count }) => met_by.length < count);
}

function asked(changes: readonly Decided[]): readonly Requirement[] {
  const all = new Map<string, Requirement>();
  const waiting = changes.filter(({ decision }) => decision.outcome === 'awaiting_review');
  for (const requirement of waiting.flatMap(({ decision }) => decision.requirements)) {
    const key = JSON.stringify([requirement.teams, requirement.users]);
    const other = all.get(key);
    // One person may approve several changes, so the one that lacks most counts.
    const lacks = ({ count, met_by }: Requirement) => count - met_by.length;
    if (!other || lacks(requirement) > lacks(other)) all.set(key, requirement);
  }
  return [...all.values()];
}

/** The consents that are missing, each once: a person agrees to all that one pull request gives them. */
export function unagreed(changes: readonly Decided[]): readonly Consent[] {
  const all = changes.flatMap(({ decision: { consent } }) =>
    consent?.given_by === null ? consent : [],
  );
  return [
    ...new Map(all.map((one) => [JSON.stringify([one.subject.id, one.teams]), one])).values(),
  ];
}

/** Said where somebody contributed who cannot be identified (invariant 4). */
const NO_APPROVAL = 'no approval counts';

/** Why no approval counts, each reason once: it is the same for all changes of a pull request. */
export function unknownContributors(
  of: Pick<DecidedContent, 'changes' | 'policies'>,
): readonly string[] {
  const warnings = decisions(of).flatMap(({ decision }) => decision.warnings);
  const unknown = warnings.filter(isOfContributors).map(({ message }) => message);
  return [...new Set(unknown)];
}

/** Whether a reason says that a contributor cannot be identified. */
export const isOfContributors = ({ code }: Pick<Reason, 'code'>): boolean =>
  code === 'contributors_unknown';

function waiting(of: CheckContent): string {
  // Consent counts even so.
  const [unknown] = unmet(decisions(of)).length > 0 ? unknownContributors(of) : [];
  const title =
    unknown === undefined ? awaited(of) : plain(`${NO_APPROVAL}: ${unknown}`, TITLE_LENGTH);
  const whole = `Not yet: ${title}`;
  return whole.length <= TITLE_LENGTH ? whole : `${whole.slice(0, TITLE_LENGTH)}…`;
}

function awaited(of: CheckContent): string {
  const { pull_request } = of;
  const decided = decisions(of);
  const all = asked(decided);
  const met = all.reduce((sum, { met_by }) => sum + met_by.length, 0);
  const needed = all.reduce((sum, { count }) => sum + count, 0);
  const owner = /\/([^/]+)\/[^/]+\/pull\/\d+$/.exec(pull_request.url)?.[1];
  const team = (slug: string) => (owner === undefined ? slug : `@${owner}/${slug}`);
  const whom = [
    ...unmet(decided).map(({ teams, users }) =>
      [...teams.map(team), ...users.map((login) => `@${login}`)].join(' or '),
    ),
    ...unagreed(decided).map(({ subject, teams }) =>
      [`the consent of @${subject.login}`, ...teams.map(team)].join(' or '),
    ),
  ];
  const several = (of.policies?.change.files ?? of.changes).length > 1;
  const counts = [
    ...(needed > 0 ? [`${met} of ${needed}`] : []),
    ...(several ? [much(of)] : []),
  ].join(' for ');
  return oneLine(`${counts}${counts && ', '}waiting for ${whom.join(' and ')}`, TITLE_LENGTH);
}
