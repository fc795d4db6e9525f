import { z } from 'zod';
import { fullName, headRepo, roleAtLeast, roleOn } from '../lookup.js';
import { isAncestor } from '../git/read.js';
import { commitTree } from '../git/write.js';
import type { Reply, RepoCall, Route } from '../http.js';
import { ok, onRepo, readBody } from '../http.js';
import { mergePull, signature, webCommitter } from '../merge.js';
import { baseTip, mergedTree } from '../pull-requests.js';
import { moveRef } from '../ref-moves.js';
import { invalid, Refusal } from '../refusal.js';
import { actorOf, pullOf } from './pulls.js';

const wishSchema = z.object({
  merge_method: z.enum(['merge', 'squash', 'rebase']).default('merge'),
  sha: z.string().optional(),
  commit_title: z.string().optional(),
  commit_message: z.string().optional(),
});

/** `PUT …/merge`. */
async function merge(call: RepoCall): Promise<Reply> {
  const wish = readBody(call, wishSchema);
  const sha = await mergePull(call.github, pullOf(call), actorOf(call), {
    method: wish.merge_method,
    sha: wish.sha,
    title: wish.commit_title,
    message: wish.commit_message,
  });
  return ok({ sha, merged: true, message: 'Pull Request successfully merged' });
}

/** `PUT …/update-branch`: merges the base into the head branch, like the button: committed by the web committer. */
async function updateBranch(call: RepoCall): Promise<Reply> {
  const { github, repo } = call;
  const { state } = github;
  const pull = pullOf(call);
  const actor = actorOf(call);
  const { expected_head_sha } = readBody(
    call,
    z.object({ expected_head_sha: z.string().optional() }),
  );
  const from = headRepo(state, pull);
  if (!from) throw invalid('The head repository is gone.');
  if (!call.identity.installation && !roleAtLeast(roleOn(state, from, actor.id), 'write'))
    throw new Refusal(403, 'Must have write access to the head repository.');
  const before = pull.head.sha;
  if (expected_head_sha !== undefined && expected_head_sha !== before)
    throw invalid('expected head sha didn’t match current head ref.');
  const tip = await baseTip(state, pull);
  if (await isAncestor(repo.dir, tip, before))
    throw invalid('There are no new commits on the base branch.');
  const tree = await mergedTree(repo.dir, tip, before);
  if (tree === null || from.id !== repo.id) throw invalid('merge conflict between base and head');
  const now = state.clock.now();
  const after = await commitTree(repo.dir, {
    tree,
    parents: [before, tip],
    author: signature(actor, now),
    committer: webCommitter(now),
    message: `Merge branch '${pull.base.ref}' into ${pull.head.ref}`,
  });
  await moveRef(github, repo, { ref: `refs/heads/${pull.head.ref}`, before, after }, actor);
  return {
    status: 202,
    body: {
      message: 'Updating pull request branch.',
      url: `${state.url}/${fullName(state, repo)}/pull/${pull.number}`,
    },
  };
}

const PULL = '/repos/{owner}/{repo}/pulls/{pull_number}';

export const mergeRoutes: readonly Route[] = [
  onRepo('PUT', `${PULL}/merge`, { app: [['contents', 'write']], person: 'write' }, merge),
  onRepo('GET', `${PULL}/merge`, { app: [['pull_requests', 'read']], person: 'read' }, (call) => ({
    status: pullOf(call).merged_at ? 204 : 404,
  })),
  onRepo(
    'PUT',
    `${PULL}/update-branch`,
    { app: [['pull_requests', 'write']], person: 'read' },
    updateBranch,
  ),
];
