import { timestamp } from '../clock.js';
import { byId, fullName } from '../lookup.js';
import { nodeId } from '../node-id.js';
import type { Review } from '../state.js';
import { commitOrNull } from './commit.js';
import type { Fields, Graph } from './graph.js';

/** A review. The caller of this function has made sure that its pull request may be read. */
export function reviewFields(graph: Graph, review: Review): Fields {
  const { state } = graph.github;
  const pull = byId(state.pulls, review.pull_id);
  const repo = byId(state.repos, pull.repo_id);
  const at = timestamp(review.submitted_at);
  return {
    __typename: 'PullRequestReview',
    id: nodeId('PullRequestReview', review.id),
    databaseId: review.id,
    fullDatabaseId: String(review.id),
    state: review.state,
    body: review.body,
    author: () => graph.actor(byId(state.users, review.user_id)),
    commit: () => commitOrNull(graph, repo, review.commit_id),
    submittedAt: review.state === 'PENDING' ? null : at,
    createdAt: at,
    updatedAt: at,
    url: `${state.url}/${fullName(state, repo)}/pull/${pull.number}#pullrequestreview-${review.id}`,
    pullRequest: () => graph.pullRequest(pull),
    repository: () => graph.repository(repo),
  };
}
