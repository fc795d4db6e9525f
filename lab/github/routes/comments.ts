import { z } from 'zod';
import type { Need } from '../access.js';
import { commentEvent } from '../events/events.js';
import type { Reply, RepoCall, Route } from '../http.js';
import { created, noContent, ok, onRepo, paged, readBody } from '../http.js';
import { pullByNumber, roleAtLeast, roleOn } from '../lookup.js';
import { notAccessible, notFound, Refusal } from '../refusal.js';
import type { Comment } from '../state.js';
import { commentView } from '../views/review.js';
import { actorOf } from './pulls.js';

/** GitHub accepts either permission for the conversation of a pull request. */
const READ: Need = {
  app: [
    ['issues', 'read'],
    ['pull_requests', 'read'],
  ],
  person: 'read',
};
const WRITE: Need = {
  app: [
    ['issues', 'write'],
    ['pull_requests', 'write'],
  ],
  person: 'read',
};

const bodySchema = z.object({ body: z.string().min(1).max(65_536) });

function numberOf({ github, repo, params }: RepoCall): number {
  const pull = pullByNumber(github.state, repo.id, Number(params['issue_number']));
  if (!pull) throw notFound();
  return pull.number;
}

function list(call: RepoCall): Promise<Reply> {
  const { github, repo } = call;
  const number = numberOf(call);
  const comments = [...github.state.comments.values()].filter(
    (comment) => comment.repo_id === repo.id && comment.number === number,
  );
  return paged(call, comments, (comment) => commentView(github.state, comment));
}

function create(call: RepoCall): Reply {
  const { state } = call.github;
  const number = numberOf(call);
  const actor = actorOf(call);
  const now = state.clock.now();
  const comment: Comment = {
    id: state.next_id(),
    repo_id: call.repo.id,
    number,
    user_id: actor.id,
    app_id: call.identity.app?.app_id ?? null,
    body: readBody(call, bodySchema).body,
    created_at: now,
    updated_at: now,
  };
  state.comments.set(comment.id, comment);
  commentEvent(call.github, comment, 'created', actor);
  return created(commentView(state, comment));
}

function commentOf({ github, repo, params }: RepoCall): Comment {
  const comment = github.state.comments.get(Number(params['comment_id']));
  if (comment?.repo_id !== repo.id) throw notFound();
  return comment;
}

/** Their own comments, or anybody's for people who may write. */
function changeable(call: RepoCall): Comment {
  const comment = commentOf(call);
  const actor = actorOf(call);
  if (comment.user_id === actor.id) return comment;
  if (call.identity.installation) throw notAccessible();
  if (!roleAtLeast(roleOn(call.github.state, call.repo, actor.id), 'write'))
    throw new Refusal(403, 'Must have write access to repository.');
  return comment;
}

function edit(call: RepoCall): Reply {
  const { state } = call.github;
  const comment = changeable(call);
  const from = comment.body;
  comment.body = readBody(call, bodySchema).body;
  comment.updated_at = state.clock.now();
  commentEvent(call.github, comment, 'edited', actorOf(call), { changes: { body: { from } } });
  return ok(commentView(state, comment));
}

const COMMENT = '/repos/{owner}/{repo}/issues/comments/{comment_id}';
const COMMENTS = '/repos/{owner}/{repo}/issues/{issue_number}/comments';

export const commentRoutes: readonly Route[] = [
  onRepo('GET', COMMENT, READ, (call) => ok(commentView(call.github.state, commentOf(call)))),
  onRepo('PATCH', COMMENT, WRITE, edit),
  onRepo('DELETE', COMMENT, WRITE, (call) => {
    call.github.state.comments.delete(changeable(call).id);
    return noContent;
  }),
  onRepo('GET', COMMENTS, READ, list),
  onRepo('POST', COMMENTS, WRITE, create),
];
