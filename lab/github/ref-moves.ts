import { pullRequestEvent } from './events/events.js';
import type { RefChange } from './events/push.js';
import { pushEvent } from './events/push.js';
import { isAncestor, listCommits, ZERO } from './git/read.js';
import { updateRef } from './git/write.js';
import type { GitHub } from './github.js';
import { closePull, moveHead, openFrom, openInto } from './heads.js';
import { pullCommits } from './pull-requests.js';
import { Refusal } from './refusal.js';
import type { ActivityType, PullRequest, Repo, User } from './state.js';

async function activityType(repo: Repo, { before, after }: RefChange): Promise<ActivityType> {
  if (before === ZERO) return 'branch_creation';
  if (after === ZERO) return 'branch_deletion';
  return (await isAncestor(repo.dir, before, after)) ? 'push' : 'force_push';
}

/** A push to the base that holds the head of an open pull request merges it, as on GitHub. */
async function mergedByPush(
  github: GitHub,
  repo: Repo,
  pull: PullRequest,
  { before, after }: RefChange,
  actor: User,
): Promise<void> {
  if (before === ZERO || !(await isAncestor(repo.dir, pull.head.sha, after))) return;
  if (await isAncestor(repo.dir, pull.head.sha, before)) return;
  const steps = await listCommits(repo.dir, { to: after, from: before, first_parent: true });
  const landing: string[] = [];
  for (const step of steps) if (await isAncestor(repo.dir, pull.head.sha, step)) landing.push(step);
  const now = github.state.clock.now();
  pull.base.sha = before;
  Object.assign(pull, { state: 'closed', closed_at: now, updated_at: now, merged_at: now });
  pull.merged_commits = await pullCommits(github.state, pull);
  const merge = landing.at(-1) ?? after;
  Object.assign(pull, { merged_by_id: actor.id, merge_commit_sha: merge, landed: [merge] });
  await pullRequestEvent(github, pull, 'closed', actor);
}

/**
 * What follows when a ref has moved, in whatever way: activity, the push event, and the effect on pull requests. `type`
 * names an activity that the shas do not show (`pr_merge`).
 */
export async function refMoved(
  github: GitHub,
  repo: Repo,
  change: RefChange,
  actor: User,
  type?: ActivityType,
): Promise<void> {
  const { state } = github;
  const { ref, before, after } = change;
  const now = state.clock.now();
  repo.pushed_at = now;
  const branch = /^refs\/heads\/(.+)$/.exec(ref)?.[1];
  if (branch !== undefined) {
    const activity_type = type ?? (await activityType(repo, change));
    const entry = { id: state.next_id(), ref, before, after, at: now, activity_type };
    repo.activity.push({ ...entry, actor_id: actor.id });
  }
  await pushEvent(github, repo, change, actor);
  if (branch === undefined) return;
  const gone = after === ZERO;
  for (const pull of openFrom(github, repo, branch))
    await (gone ? closePull(github, pull, actor) : moveHead(github, pull, after, actor));
  for (const pull of openInto(github, repo, branch))
    await (gone ? closePull(github, pull, actor) : mergedByPush(github, repo, pull, change, actor));
}

/** Moves a ref through the API with everything that follows; throws Refusal 409 if it is not at `before` any more. */
export async function moveRef(
  github: GitHub,
  repo: Repo,
  change: RefChange,
  actor: User,
  type?: ActivityType,
): Promise<void> {
  const to = change.after === ZERO ? null : change.after;
  if (!(await updateRef(repo.dir, change.ref, to, change.before)))
    throw new Refusal(409, `Reference ${change.ref} was updated meanwhile`);
  await refMoved(github, repo, change, actor, type);
}
