import type { PolicyData } from '../../core/policy/catalog.js';
import type { Change } from '../../core/change/change.js';
import { personOf, teamsOfFacts, type CheckFacts } from '../../core/decision/check-facts.js';
import type { Checkout } from '../../core/change/checkout.js';
import { consentMissing, consentOf } from '../../core/decision/consent.js';
import { decide } from '../../core/decision/decision.js';
import { policyInput, type PolicyAnswer } from '../../core/decision/facts.js';
import type { Account, Person, Team } from '../../core/grant/person.js';
import { approverTeams } from '../../core/policy/approvers.js';
import type { Problem } from '../../core/reading/problem.js';
import { coded, type Reason } from '../../core/reading/reason.js';
import { uncountedReasons } from '../../core/decision/review.js';
import { onLines } from '../../core/report/annotations.js';
import type { Contributors, PullRequest, Review } from '../../core/change/snapshot.js';
import { windowDenials } from '../../core/decision/window-denials.js';
import type { LoadedPolicy, World } from '../../ports.js';
import { askPolicy } from '../judge/ask-policy.js';

/** What the rules answered for one grant file. */
export interface FileAnswer {
  readonly path: string;
  readonly outcome: 'approved' | 'awaiting_review' | 'denied';
  /** Whom each rule asks for and who has approved, which approvals do not count, or why nobody has to approve. */
  readonly reasons: readonly Reason[];
}

interface RulesQuestion {
  readonly data: PolicyData;
  readonly providers: World['providers'];
  /** Null if its rules are not compiled. */
  readonly policy: LoadedPolicy | null;
  readonly changes: readonly Change[];
  readonly checkout: Checkout;
  readonly facts: CheckFacts | null;
  /** What to do about missing facts. */
  readonly without: string;
  /** Logins, in lower case, of the people that the facts know. */
  readonly known: ReadonlySet<string>;
  readonly now: Date;
}

interface RulesAsked {
  readonly problems: readonly Problem[];
  readonly answers: readonly FileAnswer[];
  readonly could_not_tell: readonly string[];
}

/** Asks the windows and, on facts, the rules about each grant file that is new against the base. */
export async function askRules(asking: RulesQuestion): Promise<RulesAsked> {
  const problems: Problem[] = [];
  const answers: FileAnswer[] = [];
  const open: string[] = [];
  const { grants } = asking.checkout.comparison;
  const stood = new Set(grants.filter(({ before }) => before).map(({ path }) => path));
  const removed = grants.filter(({ after }) => after === null).map(({ path }) => path);
  for (const path of removed) {
    open.push(`whether a grant is live for ${path}: if so, it ends when this is merged`);
  }
  for (const change of asking.changes) {
    if (stood.has(change.path)) {
      open.push(
        `what changes for ${change.path}: whether this extends, narrows or replaces a live grant only the ledger knows`,
      );
      continue;
    }
    const provider = asking.providers[change.effect.provider];
    if (provider?.onGitHub) {
      open.push(
        `whether ${change.path} gives power over Daypass: only GitHub knows what governs it`,
      );
    }
    const windows = windowDenials(change, asking.now, asking.data.settings);
    const login = change.to?.declared.subject.toLowerCase() ?? '';
    const { policy, facts } = asking;
    if (policy === null || facts === null || !asking.known.has(login)) {
      problems.push(...onLines(change, windows));
      if (policy !== null && facts === null) {
        open.push(`what the rules say of ${change.path}: ${asking.without}`);
      }
      continue;
    }
    const one = await askOne(change, { ...asking, policy, facts }, windows);
    problems.push(...one.problems);
    answers.push(one.answered);
    open.push(...one.open);
  }
  return { problems, answers, could_not_tell: open };
}

async function askOne(
  change: Change,
  asking: RulesQuestion & { readonly policy: LoadedPolicy; readonly facts: CheckFacts },
  windows: readonly Reason[],
): Promise<{ problems: readonly Problem[]; answered: FileAnswer; open: readonly string[] }> {
  const { policy, facts, data, changes, now } = asking;
  const { path } = change;
  const snapshot = snapshotOf(facts);
  const siblings = changes.filter((other) => other !== change);
  const input = policyInput({ change, siblings, snapshot, data, live: [], history: [], now });
  const { answer, fault } = await askPolicy(policy, input, 'pull_request');
  const decision = decide({
    digest: change.digest,
    subject_id: change.effect.subject_id,
    consent_of: consentOf(
      change,
      { requester: snapshot.pull_request.author, contributors: snapshot.contributors },
      data,
    ),
    answer,
    core_denials: [...windows, ...fault],
    ...approvals(facts, change),
    ...snapshot,
    requester: snapshot.pull_request.author,
    approver_teams: approverTeams(data),
    ids: null,
    bots: data.settings.bots ?? [],
  });
  const strangers = strangersIn(answer, snapshot);
  const open = strangers.map((who) => `who is ${who}: the facts name nobody`);
  // A denial only because the facts do not say who somebody is counts as undetermined.
  const denials = [...windows, ...fault, ...coded('policy_denied', answer?.deny ?? [])];
  const told = strangers.length === 0 ? decision.denials : denials;
  const { consent } = decision;
  const reasons = [
    ...(consent?.given_by === null ? [consentMissing(consent)] : []),
    ...decision.requirements.flatMap(({ asked_by, teams, users, count, met_by }) => {
      const who = `${met_by.length} of ${count} of ${[...teams, ...users].join(', ')}`;
      return asked_by.map((asked) => ({ ...asked, message: `${who}: ${asked.message}` }));
    }),
    ...uncountedReasons(decision.not_counted),
    ...decision.approved_by_rules,
  ];
  if (decision.outcome === 'awaiting_review') {
    const what = consent ? 'consent' : 'approvals';
    open.push(`whether the ${what} that ${path} still needs will be given`);
  }
  const outcome =
    told.length > 0 ? 'denied' : strangers.length > 0 ? 'awaiting_review' : decision.outcome;
  return {
    problems: onLines(change, told),
    answered: { path, outcome, reasons },
    open,
  };
}

/** Teams and people that the rules ask for and the facts do not know. */
function strangersIn(
  answer: PolicyAnswer | null,
  { teams, accounts }: { teams: object; accounts: object },
): readonly string[] {
  const asked = answer?.require.map(({ any_of }) => any_of) ?? [];
  const unknown = asked.flatMap((who) => [
    ...who.teams.filter((slug) => !Object.hasOwn(teams, slug)).map((slug) => `in the team ${slug}`),
    ...who.users.filter((login) => !Object.hasOwn(accounts, login.toLowerCase())),
  ]);
  return [...new Set(unknown)].sort();
}

interface FactsSnapshot {
  readonly pull_request: PullRequest;
  readonly contributors: Contributors;
  readonly teams: Readonly<Record<string, Team>>;
  readonly accounts: Readonly<Record<string, Account>>;
}

/** The facts as a snapshot of the pull request to be opened. */
function snapshotOf(facts: CheckFacts): FactsSnapshot {
  const author = personOf(facts, facts.requester);
  const others = facts.contributors.map((login) => personOf(facts, login));
  return {
    pull_request: {
      number: 0,
      url: '',
      title: '',
      state: 'open',
      author,
      base_ref: '',
      base_changed: false,
      head_ref: '',
      head_sha: '',
      head_repository: null,
      merge_commit: null,
      merged_at: null,
    },
    contributors: { people: [author, ...others].filter((one) => one !== null), unknown: [] },
    teams: teamsOfFacts(facts),
    accounts: Object.fromEntries(
      Object.entries(facts.people).map(([login, person]) => [login, { ...person, type: 'User' }]),
    ),
  };
}

/** The approvals in the facts, each counted as given for the working tree (invariant 5). */
function approvals(facts: CheckFacts, change: Change) {
  const authors: (Person | null)[] = facts.approvals.map((login) => personOf(facts, login));
  const reviews = authors.map((author, index): Review => ({
    id: index + 1,
    author,
    verdict: 'APPROVED',
    commit: null,
    submitted_at: '',
  }));
  const seen = reviews.map(({ id, author }) => ({
    review: id,
    pull_request: 0,
    author,
    commit: null,
    digests: [change.digest],
    unreadable: null,
  }));
  return { reviews, seen };
}
