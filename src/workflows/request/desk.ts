import type { Checkout } from '../../core/change/checkout.js';
import { factsOf, type CheckFacts } from '../../core/decision/check-facts.js';
import { REQUEST_BRANCHES } from '../../core/change/requested.js';
import { parseGrant } from '../../core/grant/grant.js';
import { collisions } from '../../core/grant/path.js';
import { approverTeams } from '../../core/policy/approvers.js';
import type { PolicyData } from '../../core/policy/catalog.js';
import { problemInWords, quote, type Problem } from '../../core/reading/problem.js';
import type { Reason } from '../../core/reading/reason.js';
import { draftPath, draftText, type GrantDraft } from '../../core/use/draft.js';
import { newFileLink } from '../../core/use/new-file.js';
import { proposalWords } from '../../core/use/proposal.js';
import { draftOf, type GrantWish, type Lack } from '../../core/use/wish.js';
import {
  Unreadable,
  type Clock,
  type OwnAccess,
  type OwnFolders,
  type OwnView,
} from '../../ports.js';
import { checkChanges, type Checked, type Checking } from '../answer/check.js';

/** What requesting needs. */
export interface RequestWorld {
  readonly access: OwnAccess;
  readonly clock: Clock;
  readonly checking: Checking;
  /** The base of GitHub's pages. */
  readonly web: string;
  /** A few letters and digits for a branch, others at each call. */
  readonly short: () => string;
}

/** What became of a request. */
export interface RequestResult {
  /** Null where none was opened: it would be denied, or was only tried. */
  readonly pull_request: { readonly number: number; readonly url: string } | null;
  readonly repository: string;
  readonly path: string;
  readonly branch: string | null;
  readonly content: string;
  /** Opens the same file in GitHub's editor; null where the link would be too long. */
  readonly link: string | null;
  /** What the policy of the default branch says, as far as that can be told without the ledger. */
  readonly outcome: 'approved' | 'awaiting_review' | 'denied' | 'could_not_tell';
  /** Whom the rules ask, or why nobody has to approve. */
  readonly requirements: readonly Reason[];
  readonly problems: readonly Problem[];
  readonly could_not_tell: readonly string[];
  readonly assumed: readonly string[];
}

/** A policy that was read, by which somebody may request. */
export interface RequestDesk {
  readonly view: OwnView;
  readonly data: PolicyData;
  /** The draft of a wish, or what it lacks. */
  draft(
    wish: GrantWish,
  ): { readonly draft: GrantDraft } | { readonly lacks: readonly [Lack, ...Lack[]] };
  /** Tries the draft by the policy of the default branch and, unless it is denied or `dry_run`, opens a pull request. */
  request(draft: GrantDraft, dry_run: boolean): Promise<RequestResult>;
}

/** Reads the access repository's default branch with a person's own token. */
export async function openDesk(world: RequestWorld): Promise<RequestDesk> {
  const view = await world.access.view();
  const folders = await world.access.folders(view.tip);
  const { repository, default_branch } = view;
  if (folders.policies === null)
    throw new Unreadable(
      `${repository} has no policies/ on ${default_branch}: ACCESS_REPOSITORY names the access repository`,
    );
  const data = world.checking.readData(folders.policies.files);
  if (!data.ok) {
    const [first] = data.problems;
    const why = first ? problemInWords(first) : 'it does not load';
    throw new Unreadable(`policies/ of ${repository} cannot be used: ${why}`);
  }
  return {
    view,
    data: data.value,
    draft: (wish) => draftOf(wish, data.value),
    request: (draft, dry_run) =>
      request(world, { view, folders, data: data.value }, draft, dry_run),
  };
}

/** More grants of one person on one resource than anybody has. */
const MOST_COPIES = 99;
/** A name of a branch that somebody happens to have is tried again with another. */
const TRIES = 3;

interface Read {
  readonly view: OwnView;
  readonly folders: OwnFolders;
  readonly data: PolicyData;
}

async function request(
  world: RequestWorld,
  read: Read,
  draft: GrantDraft,
  dry_run: boolean,
): Promise<RequestResult> {
  const { view } = read;
  const content = draftText(draft);
  const first = draftPath(draft);
  // What is no grant file is asked of nobody.
  const parsed = parseGrant(first, plainFile(content));
  if (!parsed.ok) return denied(world, view, { path: first, content }, parsed.problems);
  const path = await freePath(world, read, draft);
  const file = { path, content };
  const checked = await tryLocally(world, read, draft, file);
  const [answer] = checked.answers;
  const tried: RequestResult = {
    ...denied(world, view, file, checked.problems),
    outcome:
      checked.outcome === 'denied' ? 'denied' : (answer?.outcome ?? ('could_not_tell' as const)),
    requirements: answer?.reasons ?? [],
    could_not_tell: checked.could_not_tell,
    assumed: checked.assumed,
  };
  if (tried.outcome === 'denied' || dry_run) return tried;
  if (!view.may_push) {
    const by =
      tried.link === null ? `a fork, with the file ${path}` : `a fork by this link: ${tried.link}`;
    throw new Error(
      `${view.person.login} may not push to ${view.repository}: open the pull request from ${by}`,
    );
  }
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const branch = branchFor(path, world.short());
    const proposal = { branch, path, content, ...proposalWords(draft) };
    const pull_request = await world.access.propose(proposal);
    if (pull_request) return { ...tried, branch, pull_request };
  }
  throw new Error(`there is a branch of each name that was tried for ${path}: try again`);
}

/** A request that is denied, of which no rule was asked. */
function denied(
  { web }: RequestWorld,
  view: OwnView,
  file: { readonly path: string; readonly content: string },
  problems: readonly Problem[],
): RequestResult {
  return {
    ...{ pull_request: null, repository: view.repository, branch: null, ...file },
    link: newFileLink({ web, ...view }, file),
    ...{ outcome: 'denied', requirements: [], problems, could_not_tell: [], assumed: [] },
  };
}

const plainFile = (content: string) => ({
  mode: '100644',
  content: new TextEncoder().encode(content),
});

/** The branch of a request for a grant file. */
export const branchFor = (path: string, short: string): string =>
  `${REQUEST_BRANCHES}${slugOf(path)}-${short}`;

const slugOf = (path: string): string => path.replace(/^.*\//, '').replace(/\.yml$/, '');

/** The first path that neither the default branch nor the branch of another request has. */
async function freePath(
  { access }: RequestWorld,
  { folders }: Read,
  draft: GrantDraft,
): Promise<string> {
  const open = await access.branches(`${REQUEST_BRANCHES}${slugOf(draftPath(draft))}`);
  const asked = new Set(
    open.map((name) => name.slice(REQUEST_BRANCHES.length).replace(/-[^-]*$/, '')),
  );
  for (let copy = 1; copy <= MOST_COPIES; copy += 1) {
    const path = draftPath(draft, copy);
    const taken = collisions([...folders.grants, path]).some((one) => one.path === path);
    if (!taken && !folders.grants.includes(path) && !asked.has(slugOf(path))) return path;
  }
  throw new Error(
    `there are ${String(MOST_COPIES)} files like ${draftPath(draft)}: remove old ones`,
  );
}

/** Judges the file as `daypass check` does, with what GitHub says of the people around it. */
async function tryLocally(
  { access, checking, clock }: RequestWorld,
  { view, folders, data }: Read,
  draft: GrantDraft,
  file: { readonly path: string; readonly content: string },
): Promise<Checked> {
  const { facts, untold } = await factsFor(access, view, data, draft);
  const known = { known: facts, without: untold ?? 'who people are is not known' };
  const checked = await checkChanges(
    checking,
    checkoutOf(view, folders, file),
    known,
    await clock.now(),
  );
  if (facts === null || Object.hasOwn(facts.people, draft.subject.toLowerCase())) return checked;
  const message = `subject: GitHub has no account ${quote(draft.subject)}`;
  const problem: Problem = { path: file.path, line: 1, code: 'unknown_subject', message };
  return { ...checked, outcome: 'denied', problems: [problem, ...checked.problems] };
}

async function factsFor(
  access: OwnAccess,
  { person }: OwnView,
  data: PolicyData,
  { subject }: GrantDraft,
): Promise<{ readonly facts: CheckFacts | null; readonly untold: string | null }> {
  const asked = {
    teams: approverTeams(data),
    logins: [subject.toLowerCase(), person.login.toLowerCase()],
  };
  try {
    return { facts: factsOf(person, await access.people(asked)), untold: null };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { facts: null, untold: error.message };
  }
}

/** The default branch, and the file that is to come to it. */
function checkoutOf(
  { tip, default_branch, repository }: OwnView,
  { policies, grants }: OwnFolders,
  { path, content }: { readonly path: string; readonly content: string },
): Checkout {
  return {
    base: { name: `${default_branch} of ${repository}`, commit: tip },
    comparison: {
      ...{ tip, head: 'the request', merge_base: tip },
      grants: [{ path, before: null, tip: null, after: { oid: '', ...plainFile(content) } }],
      ...{
        policies: [],
        policies_tip: policies?.id ?? null,
        paths_after: [...grants, path].sort(),
      },
    },
    policies: { base: policies, unreadable: null, here: policies, problems: [] },
  };
}
