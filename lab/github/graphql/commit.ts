import { demand } from '../access.js';
import { timestamp } from '../clock.js';
import type { Commit, Person } from '../git/read.js';
import { listCommits, readCommit, readCommits, resolveCommit } from '../git/read.js';
import { fullName } from '../lookup.js';
import { nodeId } from '../node-id.js';
import { pullsOfCommit } from '../pull-requests.js';
import type { Repo } from '../state.js';
import { accountOf } from '../views/commit.js';
import type { Page } from './connection.js';
import { connection } from './connection.js';
import type { Field, Fields, Graph } from './graph.js';
import { PULL_REQUESTS } from './needs.js';

const CO_AUTHOR = /^co-authored-by:\s*(.*?)\s*<([^<>]+)>\s*$/i;

/** The author, then those of the `Co-authored-by` trailers (the last paragraph of the message), each address once. */
export function authorsOf(commit: Commit): Person[] {
  const trailers = commit.message.split(/\n\s*\n/).at(-1) ?? '';
  const authors = new Map([[commit.author.email.toLowerCase(), commit.author]]);
  for (const line of trailers.split('\n')) {
    const [, name = '', email = ''] = CO_AUTHOR.exec(line) ?? [];
    const key = email.toLowerCase();
    if (email && !authors.has(key)) authors.set(key, { name, email, date: commit.author.date });
  }
  return [...authors.values()];
}

/** GitHub's own committer for commits made in the browser. It has no account. */
const WEB = 'noreply@github.com';

function gitActor(graph: Graph, { name, email, date }: Person): Fields {
  return {
    __typename: 'GitActor',
    name,
    email,
    date: timestamp(date),
    user: () => {
      const account = accountOf(graph.github.state, email);
      return account && graph.user(account);
    },
  };
}

/** A commit of a repository. The caller of this function has made sure that it may be read. */
export function commitFields(graph: Graph, repo: Repo, commit: Commit): Fields {
  const { state } = graph.github;
  const [headline = '', ...body] = commit.message.split('\n');
  const path = `/${fullName(state, repo)}/commit/${commit.sha}`;
  const list =
    <T>(
      read: () => Promise<readonly T[]> | readonly T[],
      node: (item: T) => unknown,
    ): Field<Page> =>
    async (page, info) =>
      connection(page, info, { all: await read(), node });
  return {
    __typename: 'Commit',
    id: nodeId('Commit', `${repo.id}:${commit.sha}`),
    oid: commit.sha,
    abbreviatedOid: commit.sha.slice(0, 7),
    message: commit.message,
    messageHeadline: headline,
    messageBody: body.join('\n').trim(),
    url: `${state.url}${path}`,
    commitUrl: `${state.url}${path}`,
    resourcePath: path,
    authoredDate: timestamp(commit.author.date),
    committedDate: timestamp(commit.committer.date),
    author: () => gitActor(graph, commit.author),
    committer: () => gitActor(graph, commit.committer),
    authors: list(
      () => authorsOf(commit),
      (author) => gitActor(graph, author),
    ),
    authoredByCommitter: commit.author.email === commit.committer.email,
    committedViaWeb: commit.committer.email.toLowerCase() === WEB,
    signature: null,
    repository: () => graph.repository(repo),
    tree: () => graph.object(repo, commit.tree),
    parents: list(
      () => readCommits(repo.dir, commit.parents),
      (parent) => graph.commit(repo, parent),
    ),
    history: list(
      () => listCommits(repo.dir, { to: commit.sha }),
      async (sha) => graph.commit(repo, await readCommit(repo.dir, sha)),
    ),
    associatedPullRequests: list(
      () => {
        demand(state, graph.identity, repo, PULL_REQUESTS);
        return pullsOfCommit(state, repo, commit.sha);
      },
      (pull) => graph.pullRequest(pull),
    ),
  };
}

/** The commit by sha, or null if the repository does not have it (any more). */
export async function commitOrNull(graph: Graph, repo: Repo, sha: string): Promise<Fields | null> {
  const found = await resolveCommit(repo.dir, sha);
  return found === null ? null : graph.commit(repo, await readCommit(repo.dir, found));
}
