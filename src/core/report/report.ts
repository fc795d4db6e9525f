import {
  ALONE,
  type Annotation,
  type CheckReport,
  type Fault,
  type JudgedReport,
  type CheckContent,
  type SummaryContent,
  type DecidedContent,
} from './check-run.js';
import { code, prose } from './escape.js';
import { annotation, annotations } from './annotations.js';
import { delta, bulletList, notNow, verdictSections } from './change.js';
import { otherThanAscii, policySections } from './policy.js';
import {
  decisions,
  headline,
  notJudged,
  problemsOf,
  tooLarge,
  unagreed,
  unknownContributors,
  unmet,
} from './title.js';
import { counted, type Problem } from '../reading/problem.js';
import { saidBy, type Reason } from '../reading/reason.js';

export { comment } from './comment.js';
export { decisions } from './title.js';

/** GitHub's limits for one request. https://docs.github.com/en/rest/checks/runs#create-a-check-run */
const SUMMARY_LENGTH = 65_535;
const ANNOTATIONS = 50;

const LEDGER = '\n\n---\nLedger: ';

/**
 * What a summary has for the changes. The rest is for lines that say something else: the ledger's head, what GitHub
 * refused, policies that are out of force, what would not take effect yet.
 */
const SHOWN_LENGTH = SUMMARY_LENGTH - 4_500;

/** The check run of one pull request: a complete view of its decisions, or a failure that says that it is not. */
export function report(of: CheckContent): JudgedReport {
  const all = annotations(problemsOf(of), of.changes);
  const ledger = `${LEDGER}entry ${of.head.seq}, \`${of.head.hash}\``;
  const large = unshowable(of);
  const summary = [
    ...(large === null ? [] : [deniedBy(large)]),
    ...shown(of).sections,
    ...uncounted(all),
  ];
  return {
    head_sha: of.pull_request.head_sha,
    ...headline(of, large),
    summary: cut(summary.join('\n\n'), SUMMARY_LENGTH - ledger.length) + ledger,
    annotations: [
      ...all,
      ...warnedOf(of).map((one) => ({ ...annotation(one), level: 'warning' as const })),
    ].slice(0, ANNOTATIONS),
    shows_all: large === null,
  };
}

/**
 * Why nobody can have read all that changes: one summary does not show it; null where it does. It goes by the changes and
 * their decisions alone, so that the step finds what the check found.
 */
export function unshowable(of: DecidedContent): Reason | null {
  const told = decisions(of).flatMap(({ decision }) => decision.denials);
  const denied = told.find((reason) => reason.code === 'cannot_show_all');
  if (denied) return denied;
  const { sections: all, whole } = shown({ ...of, ...ALONE });
  return whole && all.join('\n\n').length <= SHOWN_LENGTH ? null : tooLarge(of);
}

/** What a summary says, however long; `whole` where no difference is left out. */
function shown(of: SummaryContent): {
  readonly sections: readonly string[];
  readonly whole: boolean;
} {
  const policies = of.policies && policySections(of.policies, warnedOf(of));
  return {
    sections: [...sections(of), ...(policies?.sections ?? [])],
    whole: policies?.unshown !== true,
  };
}

function warnedOf({ policies }: DecidedContent): readonly Problem[] {
  if (!policies) return [];
  return [...otherThanAscii(policies.change.files), ...policies.effects.look_closely];
}

/** A report without the ledger's head, which moves all the time, to decide whether it must be written. */
export function comparable(check: CheckReport): CheckReport {
  const end = check.summary.lastIndexOf(LEDGER);
  return end === -1 ? check : { ...check, summary: check.summary.slice(0, end) };
}

/** Whose reviews are still needed: teams by slug, users by login; nobody for denied changes. Consent is asked of its person. */
export function waitingFor(of: Pick<DecidedContent, 'changes' | 'policies'>): {
  readonly teams: readonly string[];
  readonly users: readonly string[];
} {
  const needed = unmet(decisions(of));
  const users = needed.flatMap((requirement) => {
    const eligible = new Set(requirement.eligible.map(({ login }) => login.toLowerCase()));
    return requirement.users.filter((login) => eligible.has(login));
  });
  users.push(...unagreed(decisions(of)).map(({ subject }) => subject.login.toLowerCase()));
  const teams = needed.flatMap((requirement) => requirement.teams);
  return { teams: [...new Set(teams)].sort(), users: [...new Set(users)].sort() };
}

function sections(of: SummaryContent): readonly string[] {
  const { changes, ahead, reviewers_refused, out_of_force } = of;
  const problems = problemsOf(of);
  const blocked = notJudged(of);
  const refused =
    reviewers_refused === null
      ? []
      : [`GitHub refused the request for reviewers: ${prose(reviewers_refused)}`];
  const nothing = decisions(of).length + problems.length === 0 && blocked === null;
  return [
    ...(blocked === null ? [] : [deniedBy(blocked)]),
    ...nobodyCounts(of),
    ...(nothing ? ['This touches neither grants nor policies.'] : []),
    ...bulletList(
      'Problems to fix',
      problems.map((problem) => {
        const { path, line, message } = problem;
        const where = line === null ? '' : ` line ${line}`;
        return `${code(path)}${where}: ${prose(message)} (${code(saidBy(problem))})`;
      }),
    ),
    ...(changes.length === 0 ? [] : [delta(changes), ...verdictSections(changes)]),
    ...notNow(ahead),
    ...refused,
    ...(out_of_force === null ? [] : [outOfForce(out_of_force)]),
  ];
}

/** Shown first, because until it is fixed every review is in vain. */
function nobodyCounts(of: DecidedContent): readonly string[] {
  const unknown = unknownContributors(of);
  if (unknown.length === 0) return [];
  return bulletList(
    '**No approval counts**, because somebody who contributed cannot be identified (`contributors_unknown`)',
    unknown.map((message) => prose(message)),
  );
}

const deniedBy = ({ code: why, message }: Fault) =>
  `**Denied**: ${prose(message, 1000)} (${code(why)})`;

function outOfForce(tree: string): string {
  return `**${code('policies/')} of the default branch (${code(tree.slice(0, 12))}) is not in force**: it landed without the approval that it needs. Everything is judged by the previous tree until a pull request that changes or restores ${code('policies/')} is approved and merged.`;
}

function uncounted(all: readonly Annotation[]): readonly string[] {
  const more = all.length - ANNOTATIONS;
  if (more <= 0) return [];
  return [`${counted(more, 'more annotation')} than GitHub accepts: all are listed above.`];
}

/** Markdown cut to at most `limit` characters, in whole lines. */
function cut(markdown: string, limit: number): string {
  if (markdown.length <= limit) return markdown;
  const note = '\n\nGitHub has no room for the rest.';
  const end = markdown.lastIndexOf('\n', limit - note.length);
  return markdown.slice(0, Math.max(0, end)) + note;
}
