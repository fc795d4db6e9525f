import { z } from 'zod';
import type { Need } from '../access.js';
import { reviewEvent } from '../events/events.js';
import type { Reply, RepoCall, Route } from '../http.js';
import { ok, onRepo, paged, readBody } from '../http.js';
import { byId, reviewsOf, teamMembers } from '../lookup.js';
import { pullCommits } from '../pull-requests.js';
import { invalid, notFound } from '../refusal.js';
import type { PullRequest, Review, User } from '../state.js';
import { reviewView } from '../views/review.js';
import { actorOf, pullOf } from './pulls.js';

const READ: Need = { app: [['pull_requests', 'read']], person: 'read' };
const WRITE: Need = { app: [['pull_requests', 'write']], person: 'read' };

const STATES = {
  APPROVE: 'APPROVED',
  REQUEST_CHANGES: 'CHANGES_REQUESTED',
  COMMENT: 'COMMENTED',
} as const;

const newReview = z.object({
  /** Pending reviews, which only their author sees, are not served. */
  event: z.enum(['APPROVE', 'REQUEST_CHANGES', 'COMMENT']),
  body: z.string().max(65_536).nullish(),
  commit_id: z.string().nullish(),
});

const unprocessable = (problem: string) => invalid('Unprocessable Entity', [problem]);

/** A review answers every request that its author could have met: their own, and those of all their teams. */
function dropRequests({ github }: RepoCall, pull: PullRequest, reviewer: User): void {
  pull.requested_user_ids.delete(reviewer.id);
  for (const team_id of pull.requested_team_ids)
    if (teamMembers(github.state, byId(github.state.teams, team_id)).has(reviewer.id))
      pull.requested_team_ids.delete(team_id);
}

/** `POST …/reviews`. */
async function createReview(call: RepoCall): Promise<Reply> {
  const { state } = call.github;
  const pull = pullOf(call);
  const actor = actorOf(call);
  const { event, body, commit_id } = readBody(call, newReview);
  if (actor.id === pull.author_id && event !== 'COMMENT')
    throw unprocessable(
      event === 'APPROVE'
        ? 'Can not approve your own pull request'
        : 'Can not request changes on your own pull request',
    );
  if (event !== 'APPROVE' && !body) throw unprocessable('Body can not be blank');
  if (commit_id && !(await pullCommits(state, pull)).includes(commit_id))
    throw unprocessable('The commit is not part of the pull request');
  const review: Review = {
    id: state.next_id(),
    pull_id: pull.id,
    user_id: actor.id,
    state: STATES[event],
    body: body ?? '',
    commit_id: commit_id ?? pull.head.sha,
    submitted_at: state.clock.now(),
  };
  state.reviews.set(review.id, review);
  pull.updated_at = review.submitted_at;
  dropRequests(call, pull, actor);
  reviewEvent(call.github, review, 'submitted', actor);
  return ok(reviewView(state, review));
}

function reviewOf(call: RepoCall): Review {
  const id = Number(call.params['review_id']);
  const review = reviewsOf(call.github.state, pullOf(call).id).find((one) => one.id === id);
  if (!review) throw notFound();
  return review;
}

/** `PUT …/reviews/{review_id}/dismissals`: a verdict becomes none; comments cannot be dismissed. */
function dismiss(call: RepoCall): Reply {
  const review = reviewOf(call);
  const actor = actorOf(call);
  readBody(call, z.object({ message: z.string().min(1) }));
  if (review.state !== 'APPROVED' && review.state !== 'CHANGES_REQUESTED')
    throw unprocessable(`Can not dismiss a ${review.state.toLowerCase()} pull request review`);
  review.state = 'DISMISSED';
  reviewEvent(call.github, review, 'dismissed', actor);
  return ok(reviewView(call.github.state, review));
}

const REVIEWS = '/repos/{owner}/{repo}/pulls/{pull_number}/reviews';

export const reviewRoutes: readonly Route[] = [
  onRepo('GET', REVIEWS, READ, (call) =>
    paged(call, reviewsOf(call.github.state, pullOf(call).id), (review) =>
      reviewView(call.github.state, review),
    ),
  ),
  onRepo('POST', REVIEWS, WRITE, createReview),
  onRepo('GET', `${REVIEWS}/{review_id}`, READ, (call) =>
    ok(reviewView(call.github.state, reviewOf(call))),
  ),
  onRepo(
    'PUT',
    `${REVIEWS}/{review_id}/dismissals`,
    { app: [['pull_requests', 'write']], person: 'write' },
    dismiss,
  ),
];
