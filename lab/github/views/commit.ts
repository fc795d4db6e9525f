import { fullName } from '../lookup.js';
import { timestamp } from '../clock.js';
import type { FileChange } from '../git/diff.js';
import type { Commit, Person } from '../git/read.js';
import { nodeId } from '../node-id.js';
import type { Repo, State, User } from '../state.js';
import { simpleUser } from './account.js';
import type { Answer, CommitAnswer } from './types.js';

type ListedCommit = Answer<'pulls', 'listCommits'>[number];
type DiffEntry = Answer<'pulls', 'listFiles'>[number];

/** The account with that address: a person's own, or `ID+LOGIN@users.noreply.github.com`. GitHub's web committer has none. */
export function accountOf(state: State, email: string): User | null {
  const noreply = /^(?:(\d+)\+)?([^+@]+)@users\.noreply\.github\.com$/i.exec(email);
  for (const user of state.users.values()) {
    if (user.email !== null && user.email.toLowerCase() === email.toLowerCase()) return user;
    if (noreply?.[1] ? user.id === Number(noreply[1]) : noreply && user.login === noreply[2])
      return user;
  }
  return null;
}

const personView = (person: Person) => ({
  name: person.name,
  email: person.email,
  date: timestamp(person.date),
});

/** A commit in a list. An account is null if the address belongs to nobody. */
export function commitView(state: State, repo: Repo, commit: Commit): ListedCommit {
  const name = fullName(state, repo);
  const url = `${state.url}/repos/${name}`;
  const html = `${state.url}/${name}/commit`;
  const author = accountOf(state, commit.author.email);
  const committer = accountOf(state, commit.committer.email);
  return {
    sha: commit.sha,
    node_id: nodeId('Commit', `${repo.id}:${commit.sha}`),
    commit: {
      author: personView(commit.author),
      committer: personView(commit.committer),
      message: commit.message,
      tree: { sha: commit.tree, url: `${url}/git/trees/${commit.tree}` },
      url: `${url}/git/commits/${commit.sha}`,
      comment_count: 0,
      verification: {
        verified: false,
        reason: 'unsigned',
        signature: null,
        payload: null,
        verified_at: null,
      },
    },
    url: `${url}/commits/${commit.sha}`,
    html_url: `${html}/${commit.sha}`,
    comments_url: `${url}/commits/${commit.sha}/comments`,
    author: author && simpleUser(state, author),
    committer: committer && simpleUser(state, committer),
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${url}/commits/${sha}`,
      html_url: `${html}/${sha}`,
    })),
  };
}

/** One file of a difference; `head` is the commit in its links. */
export function fileView(state: State, repo: Repo, file: FileChange, head: string): DiffEntry {
  const name = fullName(state, repo);
  const path = encodeURIComponent(file.filename).replaceAll('%2F', '/');
  return {
    sha: file.sha,
    filename: file.filename,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${state.url}/${name}/blob/${head}/${path}`,
    raw_url: `${state.url}/${name}/raw/${head}/${path}`,
    contents_url: `${state.url}/repos/${name}/contents/${path}?ref=${head}`,
    ...(file.patch === null ? {} : { patch: file.patch }),
    ...(file.previous_filename === null ? {} : { previous_filename: file.previous_filename }),
  };
}

/** `GET /repos/{owner}/{repo}/commits/{ref}`. */
export function commitFull(
  state: State,
  repo: Repo,
  commit: Commit,
  files: readonly FileChange[],
): CommitAnswer {
  const sum = (of: (file: FileChange) => number) => files.reduce((all, file) => all + of(file), 0);
  const additions = sum((file) => file.additions);
  const deletions = sum((file) => file.deletions);
  return {
    ...commitView(state, repo, commit),
    stats: { additions, deletions, total: additions + deletions },
    files: files.map((file) => fileView(state, repo, file, commit.sha)),
  };
}
