import { setTimeout as pause } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { canonical } from '../../core/reading/canonical.js';
import { resourceNamed, subjectOf } from '../../core/grant/grant.js';
import { inTheNameOf, mayBeRequested, requestedBy } from '../../core/change/requested.js';
import type { RequestedFor } from '../../core/grant/requested.js';
import type { Comparison, PullRequest, Snapshot } from '../../core/change/snapshot.js';
import type { PullRequests } from '../../ports.js';
import { Unreadable } from '../../ports.js';
import type { AccessRepository } from './access-repository.js';
import type { HeadBranch, Pushers } from './facts/activity.js';
import { readPushers } from './facts/activity.js';
import type { Client } from '../../clients/github/app.js';
import { findContributingCommits } from './git/commits.js';
import type { Contributed } from './git/comparison.js';
import { compareStep, readMerge } from './git/comparison.js';
import { tellContributors } from './facts/contributors.js';
import type { Facts } from './facts/facts.js';
import { readFacts } from './facts/facts.js';
import type { Clone, FetchLane } from './git/clone.js';
import type { Mirror } from './git/mirror.js';
import { createDeparted } from './facts/departed.js';
import { readOpenPulls } from './facts/open-pulls.js';
import { readReviews } from './facts/pull-request-facts.js';

type Query = Parameters<PullRequests['snapshot']>[0];
type GivenTeams = NonNullable<Query['given']>;
type Pull = NonNullable<Facts['pull']>;

/** How often a snapshot is retried, after a first try with what the mirror has. */
const ATTEMPTS = 3;

/** A head branch's activity, asked for before it was known whether this is still the head. */
interface Ahead {
  readonly head: HeadBranch;
  readonly pushers: Promise<Pushers | null>;
}

/** The logins in the grant files of a comparison, before and after. */
const loginsOf = ({ grants }: Comparison): string[] => {
  const versions = grants.flatMap(({ before, tip, after }) => [before, tip, after]);
  const logins = versions.flatMap((version) =>
    version?.content ? (subjectOf(version.content)?.toLowerCase() ?? []) : [],
  );
  return [...new Set(logins)];
};

/** The teams whose membership the grant files of a comparison may give, by the resources that they name. */
function familiesIn({ grants }: Comparison, given: GivenTeams): string[] {
  const names = grants.flatMap(({ after }) => {
    const resource = after?.content ? resourceNamed(after.content) : null;
    return resource !== null && Object.hasOwn(given, resource) ? (given[resource] ?? []) : [];
  });
  return [...new Set(names)];
}

const STATES = { OPEN: 'open', CLOSED: 'closed', MERGED: 'merged' } as const;

const told = (pull: Pull): PullRequest => ({
  number: pull.number,
  url: pull.url,
  title: pull.title,
  state: STATES[pull.state],
  author: pull.author,
  base_ref: pull.baseRefName,
  base_changed: pull.timelineItems.nodes.length > 0,
  head_ref: pull.headRefName,
  head_sha: pull.headRefOid,
  head_repository: pull.headRepository?.databaseId ?? null,
  merge_commit: pull.mergeCommit?.oid ?? null,
  merged_at: pull.mergedAt,
});

/** What a step changed, and the commits of the pull request's `head` that contributed to it. */
async function readLanded(
  clone: Clone,
  step: NonNullable<Query['step']>,
  head: string,
): Promise<Contributed> {
  const comparison = await compareStep(clone, step);
  const base = await clone.mergeBase(step.parent, head);
  return {
    comparison,
    commits: base === null ? null : await findContributingCommits(clone, base, head),
  };
}

/** What the ledger has of a commit that the requests App made; null for any other commit. */
export type FindsRequest = (commit: string) => Promise<RequestedFor | null>;

/** The number of pull requests whose head branch is remembered. */
const REMEMBERED = 1_000;

/**
 * The port `PullRequests`, which fetches in one lane of the mirror: two calls to GitHub for a snapshot (a query, and the head branch's activity). The first try
 * uses the head that the mirror has; it fetches only if GitHub names another one, so after a review it fetches
 * nothing. When the head branch is remembered, its activity is asked for at the same time as the query.
 */
export function createPullRequests(
  client: Client,
  access: AccessRepository,
  mirror: Mirror,
  lane: FetchLane,
  requestOf: FindsRequest,
): PullRequests {
  const homes = new LRUCache<number, HeadBranch>({ max: REMEMBERED });
  /** The activity of a head branch: the one requested ahead, if it was for this very head. */
  const pushersOf = async (pull: Pull, ahead: Ahead | null) => {
    const { number, headRepository: home, headRefName: ref, headRefOid: sha } = pull;
    if (!home) return null;
    const head = { owner: home.owner.login, name: home.name, ref, sha };
    homes.set(number, head);
    const same = ahead && canonical(ahead.head) === canonical(head) ? ahead : null;
    return same ? same.pushers : readPushers(client, head);
  };
  const askAhead = (number: number, sha: string): Ahead | null => {
    const head = homes.get(number);
    if (head?.sha !== sha) return null;
    const pushers = readPushers(client, head);
    // If the query fails first, nobody waits for this.
    pushers.catch(() => undefined);
    return { head, pushers };
  };

  /** The head of a pull request, fetched when it is not in the mirror or when `anew` asks for that. */
  async function headOf(clone: Clone, number: number, anew: boolean): Promise<string> {
    const ref = `refs/daypass/pull/${number}`;
    const here = anew ? null : await clone.readRef(ref);
    if (here !== null) return here;
    await clone.fetch([`+refs/pull/${number}/head:${ref}`]);
    const head = await clone.readRef(ref);
    if (head === null) throw new Unreadable(`pull request ${number} has no head`);
    return head;
  }

  /** Null when the head has moved meanwhile. */
  async function look(
    clone: Clone,
    { number, tip, step, teams, given = {} }: Query,
    attempt: { readonly first: boolean; readonly last: boolean },
  ): Promise<Snapshot | null> {
    const head = await headOf(clone, number, !attempt.first);
    const ahead = askAhead(number, head);
    const { comparison, commits } = step
      ? await readLanded(clone, step, head)
      : await readMerge(clone, tip, head);

    const shas = (commits ?? []).map(({ sha }) => sha);
    const asked = {
      number,
      commits: shas,
      teams,
      logins: loginsOf(comparison),
      families: familiesIn(comparison, given),
    };
    const facts = await readFacts(client, access, asked);
    const { pull, open } = facts;
    if (!pull || !open) throw new Unreadable(`there is no pull request ${number}`);
    if (pull.headRefOid !== head) return null;
    const reviews = await readReviews(client, await access.identity(), pull);
    const { source } = await access.identity();
    const others = (await readOpenPulls(client, access, open)).filter(
      (other) => other.number !== number,
    );
    const pushers = await pushersOf(pull, ahead);
    // Without the head the activity is late; with something after it, the branch has moved on.
    if (pushers?.shows_head === false && !attempt.last) return null;
    if (pushers?.shows_head && !pushers.at_head && pull.state === 'OPEN') return null;
    const pull_request = told(pull);
    const recorded = mayBeRequested(pull_request) ? await requestOf(head) : null;
    const requested = requestedBy(pull_request, source.repository_id, recorded);
    // Whose the recorded commit is, the record says: GitHub need not know an account for its addresses.
    const by_others = requested ? (commits?.filter(({ sha }) => sha !== head) ?? null) : commits;
    const contributors = tellContributors({
      commits: by_others,
      people: facts.commits,
      pushers,
      ref: pull.headRefName,
    });
    return {
      pull_request: requested ? { ...pull_request, author: requested.person } : pull_request,
      comparison,
      reviews,
      contributors: requested ? inTheNameOf(requested, contributors) : contributors,
      ...(requested && { requested }),
      teams: facts.teams,
      accounts: facts.accounts,
      families: facts.families,
      open_pulls: others
        .filter(({ baseRefName }) => baseRefName === source.default_branch)
        .map((other) => ({ number: other.number, head_sha: other.headRefOid })),
      shares_head_with: others
        .filter(({ headRefOid }) => headRefOid === head)
        .map((other) => other.number),
    };
  }

  return {
    async open() {
      const pulls = await readOpenPulls(client, access);
      const { source } = await access.identity();
      return pulls
        .filter(({ baseRefName }) => baseRefName === source.default_branch)
        .map((pull) => ({
          number: pull.number,
          head_sha: pull.headRefOid,
          updated_at: pull.updatedAt,
        }));
    },
    snapshot: (query) =>
      mirror.read(lane, async (clone) => {
        for (let attempt = 0; attempt <= ATTEMPTS; attempt += 1) {
          const [first, last] = [attempt === 0, attempt === ATTEMPTS];
          const snapshot = await look(clone, query, { first, last });
          if (snapshot) return snapshot;
          await pause(attempt * 200);
        }
        throw new Unreadable(
          `pull request ${query.number} changed each time it was read: try again`,
        );
      }),
    async people({ teams, logins }) {
      if (teams.length + logins.length === 0) return { teams: {}, accounts: {} };
      const asked = { number: null, commits: [], teams, families: [] };
      return readFacts(client, access, { ...asked, logins: [...new Set(logins)] });
    },
    departed: createDeparted(client, access),
    governing: (asked) =>
      readFacts(client, access, { number: null, commits: [], logins: [], ...asked }),
  };
}
