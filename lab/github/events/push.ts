import { timestamp } from '../clock.js';
import { diffFiles } from '../git/diff.js';
import type { Commit } from '../git/read.js';
import { isAncestor, listCommits, readCommits, ZERO } from '../git/read.js';
import { EMPTY_TREE } from '../git/write.js';
import type { GitHub } from '../github.js';
import { fullName } from '../lookup.js';
import type { Repo, User } from '../state.js';
import { accountOf } from '../views/commit.js';
import { repositoryView } from '../views/repository.js';
import { emit } from './emit.js';

export interface RefChange {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
}

/** The most commits that one push event lists (GitHub's limit is 2,048). */
const MAX_COMMITS = 2048;

/** A `push` event. Commits new to the ref are listed oldest first, each with the paths it touched. */
export async function pushEvent(
  github: GitHub,
  repo: Repo,
  { ref, before, after }: RefChange,
  sender: User,
): Promise<void> {
  const { state } = github;
  const deleted = after === ZERO;
  const known = before === ZERO ? null : before;
  const shas = deleted
    ? []
    : known === null
      ? [after]
      : (await listCommits(repo.dir, { to: after, from: known, limit: MAX_COMMITS })).reverse();
  const commits = await Promise.all(
    (await readCommits(repo.dir, shas)).map((commit) => pushedCommit(github, repo, commit)),
  );
  const seconds = (at: Date) => Math.floor(at.getTime() / 1000);
  const view = repositoryView(state, repo);
  emit(
    github,
    repo,
    { event: 'push', sender },
    {
      ref,
      before,
      after,
      repository: {
        ...view,
        owner: { ...view.owner, name: view.owner.login, email: null },
        url: view.html_url,
        created_at: seconds(repo.created_at),
        pushed_at: seconds(repo.pushed_at),
        stargazers: 0,
        master_branch: repo.default_branch,
      },
      pusher: { name: sender.login, email: sender.email },
      created: known === null,
      deleted,
      forced: !deleted && known !== null && !(await isAncestor(repo.dir, known, after)),
      base_ref: null,
      compare: `${view.html_url}/compare/${before.slice(0, 12)}...${after.slice(0, 12)}`,
      commits,
      head_commit: commits.at(-1) ?? null,
    },
  );
}

async function pushedCommit({ state }: GitHub, repo: Repo, commit: Commit) {
  const files = await diffFiles(repo.dir, commit.parents[0] ?? EMPTY_TREE, commit.sha);
  const of = (...statuses: string[]) =>
    files.filter((file) => statuses.includes(file.status)).map((file) => file.filename);
  const person = ({ name, email }: Commit['author']) => {
    const account = accountOf(state, email);
    return { name, email, ...(account ? { username: account.login } : {}) };
  };
  return {
    id: commit.sha,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: timestamp(commit.author.date),
    url: `${state.url}/${fullName(state, repo)}/commit/${commit.sha}`,
    author: person(commit.author),
    committer: person(commit.committer),
    added: of('added', 'renamed', 'copied'),
    removed: of('removed').concat(files.flatMap((file) => file.previous_filename ?? [])),
    modified: of('modified', 'changed'),
  };
}
