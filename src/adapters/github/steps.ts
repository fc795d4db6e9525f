import { performance } from 'node:perf_hooks';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { LandedSteps, StepFacts } from '../../ports.js';
import { Unreadable } from '../../ports.js';
import type { AccessRepository } from './access-repository.js';
import type { Move } from './facts/activity.js';
import { readMoves } from './facts/activity.js';
import type { Client } from '../../clients/github/app.js';
import type { Clone } from './git/clone.js';
import type { Link } from './git/git.js';
import { ask } from '../../clients/github/graphql.js';
import { page, readAll } from '../../clients/github/lists.js';

const MAX_COMMITS = 5_000;
const COMMITS_PER_QUERY = 50;

/** A merged pull request that GitHub associates with a commit, and the commit that merged it. */
export interface Merged {
  readonly number: number;
  readonly head: string;
  readonly merge_commit: string | null;
}

const pulls = page(
  z.object({
    number: z.number().int(),
    state: z.string(),
    headRefOid: z.string(),
    baseRefName: z.string(),
    baseRepository: z.object({ databaseId: z.number().int() }).nullable(),
    mergeCommit: z.object({ oid: z.string() }).nullable(),
  }),
);
const associated = z.object({ associatedPullRequests: pulls });

const PULLS = `pageInfo { hasNextPage endCursor }
  nodes { number state headRefOid baseRefName baseRepository { databaseId } mergeCommit { oid } }`;

const MORE = `query More($owner: String!, $name: String!, $oid: GitObjectID!, $after: String) {
  repository(owner: $owner, name: $name) { object(oid: $oid) {
    ... on Commit { associatedPullRequests(first: 100, after: $after) { ${PULLS} } }
  } }
}`;
const more = z.object({ repository: z.object({ object: associated }) });

const queryFor = (commits: readonly string[]): string => {
  const names = commits.map((_, i) => `$c${i}: GitObjectID!`).join(', ');
  const objects = commits.map((_, i) => `c${i}: object(oid: $c${i}) { ...merged }`).join('\n');
  return `query Associated($owner: String!, $name: String!, ${names}) {
    repository(owner: $owner, name: $name) { ${objects} }
  }
  fragment merged on Commit { associatedPullRequests(first: 50) { ${PULLS} } }`;
};

/** The pull requests merged into the default branch that GitHub associates with each commit. */
async function readMerged(
  client: Client,
  access: AccessRepository,
  commits: readonly string[],
): Promise<ReadonlyMap<string, readonly Merged[]>> {
  const found = new Map<string, readonly Merged[]>();
  const { owner, name, source } = await access.identity();
  for (let at = 0; at < commits.length; at += COMMITS_PER_QUERY) {
    const some = commits.slice(at, at + COMMITS_PER_QUERY);
    const oids = Object.fromEntries(some.map((sha, i) => [`c${i}`, sha]));
    const schema = z.object({ repository: z.record(z.string(), associated) });
    const answer = await ask(client, queryFor(some), { owner, name, ...oids }, schema);
    for (const [i, sha] of some.entries()) {
      const first = answer.repository[`c${i}`]?.associatedPullRequests;
      if (!first) throw new Error(`GitHub did not list the pull requests of ${sha}`);
      // Anybody can put a commit into any number of pull requests that target their own branches.
      const all = await readAll(first, async (after) => {
        const { repository } = await ask(client, MORE, { owner, name, oid: sha, after }, more);
        return repository.object.associatedPullRequests;
      });
      const merged = all.filter(
        (pull) =>
          pull.state === 'MERGED' &&
          pull.baseRefName === source.default_branch &&
          pull.baseRepository?.databaseId === source.repository_id,
      );
      found.set(
        sha,
        merged.map((pull) => ({
          number: pull.number,
          head: pull.headRefOid,
          merge_commit: pull.mergeCommit?.oid ?? null,
        })),
      );
    }
  }
  return found;
}

/**
 * The pull requests of a commit whose merge GitHub has reported. GitHub marks every pull request as merged whose head
 * arrives in the branch, by the commit that brought it; a merge commit really merged the one at its second parent.
 */
const toldOf = (
  { sha, parents }: Link,
  merged: ReadonlyMap<string, readonly Merged[]>,
): readonly Merged[] =>
  (merged.get(sha) ?? []).filter(
    ({ merge_commit, head }) =>
      merge_commit !== null &&
      (merge_commit !== sha || parents.length === 1 || head === parents[1]),
  );

/**
 * Groups the first-parent commits after `last` (oldest first) into steps. A step merged a pull request when that is the
 * only one whose head it merged; single-parent commits before it that belong to the same pull request were rebased from
 * it. When such a run began before `last`, only a part of it is here, and each commit is a step of its own.
 */
export function groupSteps(
  last: string,
  commits: readonly Link[],
  merged: ReadonlyMap<string, readonly Merged[]>,
): StepFacts[] {
  const belongs = (sha: string, pull: Merged) =>
    (merged.get(sha) ?? []).some(({ number }) => number === pull.number);
  const steps: StepFacts[] = [];
  let left = [...commits];
  for (let tip = left.at(-1); tip; tip = left.at(-1)) {
    const commit = tip.sha;
    const pulls = toldOf(tip, merged).filter((one) => one.merge_commit === commit);
    const pull = pulls.length === 1 ? pulls[0] : undefined;
    const rebased = (link: Link) =>
      pull !== undefined && link.parents.length === 1 && belongs(link.sha, pull);
    const before = rebased(tip) ? left.findLastIndex((link) => !rebased(link)) : left.length - 2;
    const run = left.slice(before + 1);
    left = left.slice(0, before + 1);
    const parent = left.at(-1)?.sha ?? last;
    const cut = pull && rebased(tip) && left.length === 0 && belongs(last, pull);
    if (pull && !cut) steps.push({ commit, parent, pull_request: pull.number });
    else
      for (const link of run.reverse())
        steps.push({ commit: link.sha, parent: link.parents[0] ?? parent, pull_request: null });
  }
  return steps.reverse();
}

/**
 * The steps that look pushed but may be merges: GitHub ties a merge to its pull request only a moment later. `commits`
 * are all that landed, oldest first. What moved the branch to a commit also brought the commits before it; a step is a
 * push when that move was one, and may be either while GitHub reports no such move.
 */
export function maybeMerges(
  steps: readonly StepFacts[],
  commits: readonly Link[],
  merged: ReadonlyMap<string, readonly Merged[]>,
  moves: ReadonlyMap<string, Move>,
): readonly StepFacts[] {
  const shas = commits.map(({ sha }) => sha);
  const tied = new Set(
    commits.filter((one) => toldOf(one, merged).length > 0).map(({ sha }) => sha),
  );
  return steps.filter(({ commit, pull_request }) => {
    // GitHub has already named the commit that merged it, so nothing more will come.
    if (pull_request !== null || tied.has(commit)) return false;
    const mover = shas.slice(shas.indexOf(commit)).find((sha) => moves.has(sha));
    return mover === undefined || moves.get(mover) === 'merge';
  });
}

/** After this time without a pull request from GitHub, a step counts as a push. */
const UNTOLD_MS = 600_000;
const REMEMBERED = 1_000;

/** Makes the reader of what landed between two commits (invariant 10). */
export function createSteps(
  client: Client,
  access: AccessRepository,
): (clone: Clone, last: string, tip: string) => Promise<LandedSteps | 'rewritten'> {
  /** When waiting for each step began, by the machine's monotonic clock. */
  const waiting = new LRUCache<string, number>({ max: REMEMBERED });

  /** The first step to wait for, and how long that has lasted; null if there is none. */
  async function waited(
    steps: readonly StepFacts[],
    commits: readonly Link[],
    merged: ReadonlyMap<string, readonly Merged[]>,
  ): Promise<{ readonly step: StepFacts; readonly for_ms: number } | null> {
    if (maybeMerges(steps, commits, merged, new Map()).length === 0) return null;
    const { owner, name, source } = await access.identity();
    const moves = await readMoves(client, { owner, name, ref: source.default_branch });
    const now = performance.now();
    for (const step of moves ? maybeMerges(steps, commits, merged, moves) : []) {
      const since = waiting.get(step.commit) ?? now;
      waiting.set(step.commit, since);
      if (now - since <= UNTOLD_MS) return { step, for_ms: now - since };
    }
    return null;
  }

  return async (clone, last, tip) => {
    await clone.needCommits(tip);
    try {
      await clone.needCommits(last);
    } catch (error) {
      // A commit that GitHub no longer has is not an ancestor of anything.
      if (error instanceof Unreadable) return 'rewritten';
      throw error;
    }
    if ((await clone.mergeBase(last, tip)) !== last) return 'rewritten';
    const range = { from: last, to: tip, first_parent: true };
    const commits = await clone.listCommits(range, MAX_COMMITS);
    if (commits === null)
      throw new Unreadable(
        `more than ${MAX_COMMITS} commits have landed since the last step: accept the tip with daypass trust`,
      );
    const [oldest] = commits;
    if (!oldest) return { steps: [], untold: null };
    if (oldest.parents[0] !== last)
      return { steps: [{ commit: tip, parent: last, pull_request: null }], untold: null };
    const asked = [last, ...commits.map(({ sha }) => sha)];
    const merged = await readMerged(client, access, asked);
    const steps = groupSteps(last, commits, merged);
    const waits = await waited(steps, commits, merged);
    if (waits === null) return { steps, untold: null };
    const from = steps.indexOf(waits.step);
    return {
      steps: steps.slice(0, from),
      untold: { steps: steps.slice(from), for_ms: waits.for_ms },
    };
  };
}
