import { timestamp } from '../clock.js';
import { readCommits } from '../git/read.js';
import type { FileStatus } from '../git/diff.js';
import { accountById, byId, fullName, headRepo, reviewsOf } from '../lookup.js';
import { nodeId } from '../node-id.js';
import { isMergeable, pullCommits, pullFiles } from '../pull-requests.js';
import type { PullRequest, Repo, ReviewState } from '../state.js';
import type { Page } from './connection.js';
import { connection } from './connection.js';
import type { Field, Fields, Graph } from './graph.js';
import { commitOrNull } from './commit.js';

const when = (at: Date | null): string | null => (at === null ? null : timestamp(at));

const PATCH: Readonly<Record<FileStatus, string>> = {
  added: 'ADDED',
  removed: 'DELETED',
  modified: 'MODIFIED',
  renamed: 'RENAMED',
  copied: 'COPIED',
  changed: 'CHANGED',
};

export type PullState = 'OPEN' | 'CLOSED' | 'MERGED';

export const pullState = (pull: PullRequest): PullState =>
  pull.merged_at ? 'MERGED' : pull.state === 'open' ? 'OPEN' : 'CLOSED';

interface ReviewQuery {
  readonly states?: readonly ReviewState[];
  readonly author?: string;
}

function reviews(graph: Graph, pull: PullRequest): Field<Page & ReviewQuery> {
  return ({ states, author, ...page }, info) =>
    connection(page, info, {
      all: reviewsOf(graph.github.state, pull.id).filter(
        (review) =>
          (states === undefined || states.includes(review.state)) &&
          (author === undefined || byId(graph.github.state.users, review.user_id).login === author),
      ),
      key: (review) => review.id,
      node: (review) => graph.review(review),
    });
}

function commits(graph: Graph, pull: PullRequest, repo: Repo): Field<Page> {
  return async (page, info) => {
    const all = await readCommits(repo.dir, await pullCommits(graph.github.state, pull));
    return connection(page, info, {
      all,
      node: (commit) => ({
        __typename: 'PullRequestCommit',
        commit: () => graph.commit(repo, commit),
        pullRequest: () => graph.pullRequest(pull),
      }),
    });
  };
}

function reviewRequests(graph: Graph, pull: PullRequest): Field<Page> {
  const { state } = graph.github;
  return (page, info) =>
    connection(page, info, {
      all: [
        ...[...pull.requested_user_ids].map((id) => graph.actor(byId(state.users, id))),
        ...[...pull.requested_team_ids].map((id) => graph.team(byId(state.teams, id))),
      ],
      node: (requestedReviewer) => ({
        __typename: 'ReviewRequest',
        asCodeOwner: false,
        requestedReviewer,
      }),
    });
}

interface TimelineQuery {
  readonly itemTypes?: readonly string[];
}

/** Of the timeline, only changes of the base branch. */
function timelineItems(pull: PullRequest): Field<Page & TimelineQuery> {
  return ({ itemTypes, ...page }, info) =>
    connection(page, info, {
      all: itemTypes?.includes('BASE_REF_CHANGED_EVENT') ? pull.base_changes : [],
      node: ({ from, to, at }) => ({
        __typename: 'BaseRefChangedEvent',
        createdAt: timestamp(at),
        previousRefName: from,
        currentRefName: to,
      }),
    });
}

function files(graph: Graph, pull: PullRequest): Field<Page> {
  return async (page, info) =>
    connection(page, info, {
      all: await pullFiles(graph.github.state, pull),
      node: ({ filename, status, additions, deletions }) => ({
        path: filename,
        changeType: PATCH[status],
        additions,
        deletions,
      }),
    });
}

/** A pull request. The caller of this function has made sure that it may be read. */
export function pullRequestFields(graph: Graph, pull: PullRequest): Fields {
  const { state } = graph.github;
  const repo = byId(state.repos, pull.repo_id);
  const head = headRepo(state, pull);
  const path = `/${fullName(state, repo)}/pull/${pull.number}`;
  const is = pullState(pull);
  const changed = () => pullFiles(state, pull);
  const sum = async (of: 'additions' | 'deletions') =>
    (await changed()).reduce((all, file) => all + file[of], 0);
  return {
    __typename: 'PullRequest',
    id: nodeId('PullRequest', pull.id),
    databaseId: pull.id,
    fullDatabaseId: String(pull.id),
    number: pull.number,
    title: pull.title,
    body: pull.body ?? '',
    url: `${state.url}${path}`,
    permalink: `${state.url}${path}`,
    resourcePath: path,
    state: is,
    isDraft: pull.draft,
    closed: is !== 'OPEN',
    merged: is === 'MERGED',
    locked: false,
    createdAt: timestamp(pull.created_at),
    updatedAt: timestamp(pull.updated_at),
    closedAt: when(pull.closed_at),
    mergedAt: when(pull.merged_at),
    author: () => graph.actor(byId(state.users, pull.author_id)),
    mergedBy: () =>
      pull.merged_by_id === null ? null : graph.actor(byId(state.users, pull.merged_by_id)),
    repository: () => graph.repository(repo),
    baseRepository: () => graph.repository(repo),
    baseRefName: pull.base.ref,
    baseRefOid: pull.base.sha,
    baseRef: () => graph.ref(repo, `refs/heads/${pull.base.ref}`),
    headRepository: () => head && graph.repository(head),
    headRepositoryOwner: () => {
      if (!head) return null;
      const owner = accountById(state, head.owner_id);
      return 'members' in owner ? graph.organization(owner) : graph.actor(owner);
    },
    headRefName: pull.head.ref,
    headRefOid: pull.head.sha,
    headRef: () => head && graph.ref(head, `refs/heads/${pull.head.ref}`),
    isCrossRepository: head?.id !== repo.id,
    maintainerCanModify: false,
    mergeable: async () => {
      if (is !== 'OPEN') return 'UNKNOWN';
      return (await isMergeable(state, pull)) ? 'MERGEABLE' : 'CONFLICTING';
    },
    mergeCommit: () =>
      is === 'MERGED' && pull.merge_commit_sha !== null
        ? commitOrNull(graph, repo, pull.merge_commit_sha)
        : null,
    changedFiles: async () => (await changed()).length,
    additions: () => sum('additions'),
    deletions: () => sum('deletions'),
    files: files(graph, pull),
    commits: commits(graph, pull, repo),
    reviews: reviews(graph, pull),
    reviewRequests: reviewRequests(graph, pull),
    timelineItems: timelineItems(pull),
  };
}
