import { performance } from 'node:perf_hooks';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { groupSteps, maybeMerges } from '../../core/ledger/steps.js';
import type { CommitLink, MergedPull } from '../../core/ledger/steps.js';
import type { LandedSteps, StepFacts } from '../../ports.js';
import { Unreadable } from '../../ports.js';
import type { AccessRepository } from './access-repository.js';
import { readMoves } from './facts/activity.js';
import type { Client } from '../../clients/github/app.js';
import type { Clone } from './git/clone.js';
import { ask } from '../../clients/github/graphql.js';
import { page, readAll } from '../../clients/github/lists.js';

const MAX_COMMITS = 5_000;
const COMMITS_PER_QUERY = 50;

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
): Promise<ReadonlyMap<string, readonly MergedPull[]>> {
  const found = new Map<string, readonly MergedPull[]>();
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
    commits: readonly CommitLink[],
    merged: ReadonlyMap<string, readonly MergedPull[]>,
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
