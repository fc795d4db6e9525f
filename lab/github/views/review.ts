import { timestamp } from '../clock.js';
import { byId, fullName } from '../lookup.js';
import { nodeId } from '../node-id.js';
import type { Comment, Review, State } from '../state.js';
import { simpleUser } from './account.js';
import { authorAssociation } from './pull-request.js';
import { reactions } from './reactions.js';
import type { CommentAnswer, ReviewAnswer } from './types.js';

/** `GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}`. */
export function reviewView(state: State, review: Review): ReviewAnswer {
  const pull = byId(state.pulls, review.pull_id);
  const repo = byId(state.repos, pull.repo_id);
  const html = `${state.url}/${fullName(state, repo)}/pull/${pull.number}`;
  const pull_request_url = `${state.url}/repos/${fullName(state, repo)}/pulls/${pull.number}`;
  return {
    id: review.id,
    node_id: nodeId('PullRequestReview', review.id),
    user: simpleUser(state, byId(state.users, review.user_id)),
    body: review.body,
    state: review.state,
    html_url: `${html}#pullrequestreview-${review.id}`,
    pull_request_url,
    author_association: authorAssociation(state, repo, review.user_id),
    _links: {
      html: { href: `${html}#pullrequestreview-${review.id}` },
      pull_request: { href: pull_request_url },
    },
    submitted_at: timestamp(review.submitted_at),
    commit_id: review.commit_id,
  };
}

/** `GET /repos/{owner}/{repo}/issues/comments/{comment_id}`. */
export function commentView(state: State, comment: Comment): CommentAnswer {
  const repo = byId(state.repos, comment.repo_id);
  const name = fullName(state, repo);
  const url = `${state.url}/repos/${name}/issues/comments/${comment.id}`;
  return {
    url,
    html_url: `${state.url}/${name}/pull/${comment.number}#issuecomment-${comment.id}`,
    issue_url: `${state.url}/repos/${name}/issues/${comment.number}`,
    id: comment.id,
    node_id: nodeId('IssueComment', comment.id),
    user: simpleUser(state, byId(state.users, comment.user_id)),
    created_at: timestamp(comment.created_at),
    updated_at: timestamp(comment.updated_at),
    body: comment.body,
    author_association: authorAssociation(state, repo, comment.user_id),
    performed_via_github_app: null,
    reactions: reactions(url),
  };
}
