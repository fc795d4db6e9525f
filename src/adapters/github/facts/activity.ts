import { z } from 'zod';
import type { Person } from '../../../core/grant/person.js';
import type { BranchMove } from '../../../core/ledger/steps.js';
import type { Client } from '../../../clients/github/app.js';
import { OverLimits } from '../../../ports.js';
import { account, unique } from './people.js';
import { readList } from '../../../clients/github/lists.js';
import { statusOf } from '../../../clients/github/requests.js';

const entry = z.object({
  after: z.string(),
  activity_type: z.string(),
  actor: account,
});

const ROUTE = 'GET /repos/{owner}/{repo}/activity';

/** Where a head branch lives. */
export interface HeadBranch {
  readonly owner: string;
  readonly name: string;
  readonly ref: string;
  readonly sha: string;
}

/** Who pushed to a branch; `at_head` if its newest activity left it at the head's commit. */
export interface Pushers {
  readonly people: readonly Person[];
  readonly gone: readonly string[];
  readonly shows_head: boolean;
  readonly at_head: boolean;
}

/** The part of GitHub's activity (newest first) that led to the head, without anything after it. */
export function pushersOf(activity: readonly z.infer<typeof entry>[], sha: string): Pushers {
  const newest = activity.findIndex(({ after }) => after === sha);
  // Removing a branch contributes nothing to it: somebody who tidies up after a merge can still be an approver.
  const pushes = (newest < 0 ? activity : activity.slice(newest)).filter(
    ({ activity_type }) => activity_type !== 'branch_deletion',
  );
  return {
    people: unique(pushes.flatMap(({ actor }) => actor ?? [])),
    gone: pushes.filter(({ actor }) => actor === null).map(({ after }) => after),
    shows_head: newest >= 0,
    at_head: newest === 0,
  };
}

/**
 * Reads GitHub's activity of a head branch, whole; null if it may not be read, such as in somebody's private fork, or
 * has too many pages: a step must not wait for it for ever.
 */
export async function readPushers(client: Client, head: HeadBranch): Promise<Pushers | null> {
  const { owner, name: repo, ref } = head;
  const asked = { owner, repo, ref: `refs/heads/${ref}` };
  try {
    return pushersOf(await readList(client, ROUTE, asked, z.array(entry)), head.sha);
  } catch (error) {
    const status = statusOf(error);
    if (status === 403 || status === 404 || error instanceof OverLimits) return null;
    throw error;
  }
}

const MERGES: ReadonlySet<string> = new Set(['pr_merge', 'merge_queue_merge']);

/**
 * The cause of each of a branch's newest hundred moves, by the commit that it moved to, from GitHub's activity; null
 * if that may not be read. GitHub reports them late, like everything else.
 */
export async function readMoves(
  client: Client,
  { owner, name, ref }: Omit<HeadBranch, 'sha'>,
): Promise<ReadonlyMap<string, BranchMove> | null> {
  try {
    const asked = { owner, repo: name, ref: `refs/heads/${ref}`, per_page: 100 };
    const { data } = await client.octokit.request(ROUTE, asked);
    const newest = z.array(entry).parse(data);
    return new Map(
      newest.map(({ after, activity_type }) => [
        after,
        MERGES.has(activity_type) ? 'merge' : 'push',
      ]),
    );
  } catch (error) {
    const status = statusOf(error);
    if (status === 403 || status === 404) return null;
    throw error;
  }
}
