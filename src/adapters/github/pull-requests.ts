import { setTimeout as pause } from 'node:timers/promises';
import { resourceNamed, subjectOf } from '../../core/grant.js';
import type { Comparison, PullRequest, Snapshot } from '../../core/snapshot.js';
import type { PullRequests } from '../../ports.js';
import { Unreadable } from '../../ports.js';
import type { AccessRepository } from './access-repository.js';
import { readPushers } from './activity.js';
import type { Client } from './client.js';
import { findContributingCommits } from './commits.js';
import { compareMerge, compareStep } from './comparison.js';
import { tellContributors } from './contributors.js';
import type { Facts } from './facts.js';
import { readFacts } from './facts.js';
import type { Mirror } from './git/mirror.js';
import { mergeBase, readRef } from './git/read.js';
import { readOpenPulls } from './open-pulls.js';
import { readReviews } from './pull-request-facts.js';

type Query = Parameters<PullRequests['snapshot']>[0];
type Given = NonNullable<Query['given']>;
type Pull = NonNullable<Facts['pull']>;

const ATTEMPTS = 3;

/** The logins that the grant files of a comparison name, before and after. */
const loginsOf = ({ grants }: Comparison): string[] => {
  const versions = grants.flatMap(({ before, tip, after }) => [before, tip, after]);
  const logins = versions.flatMap((version) =>
    version?.content ? (subjectOf(version.content)?.toLowerCase() ?? []) : [],
  );
  return [...new Set(logins)];
};

/** The teams that the grant files of a comparison may be for, by the resources that they name. */
function familiesIn({ grants }: Comparison, given: Given): string[] {
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
  head_ref: pull.headRefName,
  head_sha: pull.headRefOid,
  head_repository: pull.headRepository?.databaseId ?? null,
  merge_commit: pull.mergeCommit?.oid ?? null,
});

/** The port `PullRequests`: two calls to GitHub for a snapshot (a query, and the head branch's activity). */
export function createPullRequests(
  client: Client,
  access: AccessRepository,
  mirror: Mirror,
): PullRequests {
  const pushersOf = async ({ headRepository: home, headRefName: ref, headRefOid: sha }: Pull) =>
    home && (await readPushers(client, { owner: home.owner.login, name: home.name, ref, sha }));

  /** Null when the head moved while it was read. */
  async function look(
    { number, tip, step, teams, given = {} }: Query,
    last: boolean,
  ): Promise<Snapshot | null> {
    const ref = `refs/daypass/pull/${number}`;
    await mirror.fetch([`+refs/pull/${number}/head:${ref}`]);
    const head = await readRef(mirror, ref);
    if (head === null) throw new Unreadable(`pull request ${number} has no head`);
    const comparison = step
      ? await compareStep(mirror, step)
      : await compareMerge(mirror, tip, head);
    const base = step ? await mergeBase(mirror, step.parent, head) : comparison.merge_base;
    const commits = base === null ? null : await findContributingCommits(mirror, base, head);

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
    const pushers = await pushersOf(pull);
    // Without its head the activity is late; with more than its head, the branch has moved on.
    if (pushers?.shows_head === false && !last) return null;
    if (pushers?.shows_head && !pushers.at_head && pull.state === 'OPEN') return null;
    return {
      pull_request: told(pull),
      comparison,
      reviews,
      contributors: tellContributors({
        commits,
        people: facts.commits,
        pushers,
        ref: pull.headRefName,
      }),
      teams: facts.teams,
      accounts: facts.accounts,
      families: facts.families,
      open_pulls: others
        .filter(({ baseRefName }) => baseRefName === source.default_branch)
        .map((other) => other.number),
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
      mirror.mended(async () => {
        for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
          const snapshot = await look(query, attempt === ATTEMPTS);
          if (snapshot) return snapshot;
          await pause(attempt * 200);
        }
        throw new Unreadable(`pull request ${query.number} moves while it is read: look again`);
      }),
    async people({ teams, logins }) {
      if (teams.length + logins.length === 0) return { teams: {}, accounts: {} };
      const asked = { number: null, commits: [], teams, families: [] };
      return readFacts(client, access, { ...asked, logins: [...new Set(logins)] });
    },
    governing: (asked) =>
      readFacts(client, access, { number: null, commits: [], logins: [], ...asked }),
  };
}
