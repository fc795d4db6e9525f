import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { GitError, tryGit } from './git/run.js';
import type { Answer, CommentAnswer, PullRequestFull, ReviewAnswer } from './views/types.js';

export interface Answered<T> {
  readonly status: number;
  readonly body: T;
  readonly headers: Headers;
}

/** The files of one push: `null` removes a file. */
export interface Push {
  readonly branch: string;
  /** Where a new branch begins; default `main`. An existing branch is continued. */
  readonly from?: string;
  readonly files: Readonly<Record<string, string | null>>;
  readonly message?: string;
  /** Begin the branch again and push by force. */
  readonly force?: boolean;
}

export interface Clone {
  readonly dir: string;
  /** Runs git in the clone and returns its output; throws GitError. */
  git(...args: string[]): Promise<string>;
}

interface Workplace extends Clone {
  /** Runs a script with `$1`, `$2`, …; fails if a command of it fails. */
  sh(script: string, ...args: string[]): Promise<string>;
}

/** $1: the branch, $2: where a new one begins, $3: not empty to begin it again. */
const CHECKOUT = `git fetch --quiet --prune origin
start="origin/$2"
if test -z "$3" && git rev-parse --quiet --verify "refs/remotes/origin/$1" >/dev/null; then start="origin/$1"; fi
git checkout --quiet --force -B "$1" "$start"`;

/** $1: the branch, $2: the message, $3: an option of push. */
const COMMIT = `git add --all
git commit --quiet --message "$2"
git push --quiet "$3" origin "HEAD:refs/heads/$1"
git rev-parse HEAD`;

/** A person who works with GitHub by git and by the API, with their own token. Repositories are `owner/name`. */
export interface Person {
  readonly token: string;
  /** Any call, with any answer. */
  call<T = unknown>(method: string, path: string, body?: unknown): Promise<Answered<T>>;
  /** A call that must succeed: returns its body, or throws an error that quotes the answer. */
  must<T = unknown>(method: string, path: string, body?: unknown): Promise<T>;
  /** The person's own clone, made at the first call and fetched at each. */
  clone(repo: string): Promise<Clone>;
  /** Commits files on a branch and pushes it; returns the commit. */
  push(repo: string, push: Push): Promise<string>;
  openPullRequest(
    repo: string,
    pull: { title: string; head: string; base?: string; body?: string },
  ): Promise<PullRequestFull>;
  pullRequest(repo: string, number: number): Promise<PullRequestFull>;
  review(
    repo: string,
    number: number,
    event: 'APPROVE' | 'REQUEST_CHANGES' | 'COMMENT',
    body?: string,
  ): Promise<ReviewAnswer>;
  merge(
    repo: string,
    number: number,
    wish?: { merge_method?: 'merge' | 'squash' | 'rebase'; sha?: string },
  ): Promise<Answer<'pulls', 'merge'>>;
  comment(repo: string, number: number, body: string): Promise<CommentAnswer>;
  /** Removes the clones. */
  close(): Promise<void>;
}

/** A person at the GitHub (or stand-in) behind `url`. git runs without any user's configuration. */
export function person(url: string, token: string): Person {
  const clones = new Map<string, Promise<Workplace>>();
  const folders: string[] = [];

  async function call<T>(method: string, path: string, body?: unknown): Promise<Answered<T>> {
    const answer = await fetch(url + path, {
      method,
      redirect: 'manual',
      headers: { authorization: `token ${token}`, accept: 'application/vnd.github+json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const parsed: unknown = text === '' ? null : JSON.parse(text);
    return { status: answer.status, body: parsed as T, headers: answer.headers };
  }

  async function must<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await call<T>(method, path, body);
    if (answer.status < 400) return answer.body;
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  async function makeClone(repo: string): Promise<Workplace> {
    const { login, id, email } = await must<{ login: string; id: number; email: string | null }>(
      'GET',
      '/user',
    );
    const dir = await mkdtemp(join(tmpdir(), 'person-'));
    folders.push(dir);
    const git = async (...args: string[]) => {
      const ran = await tryGit(args, { cwd: dir, env: { HOME: dir } });
      if (ran.code !== 0) throw new GitError(args, ran.code, ran.stderr);
      return ran.stdout.toString().trim();
    };
    // One shell for several commands: starting a process from here costs more than the process.
    const sh = (script: string, ...args: string[]) =>
      git('-c', `alias.run=!set -e; ${script}\n#`, 'run', ...args);
    const remote = new URL(`${url}/${repo}.git`);
    Object.assign(remote, { username: login, password: token });
    const address = email ?? `${id}+${login}@users.noreply.github.com`;
    await git(
      'clone',
      '--quiet',
      '-c',
      `user.name=${login}`,
      '-c',
      `user.email=${address}`,
      '-c',
      'maintenance.auto=false',
      remote.href,
      '.',
    );
    return { dir, git, sh };
  }

  async function workplace(repo: string): Promise<Workplace> {
    const known = clones.get(repo) ?? makeClone(repo);
    clones.set(repo, known);
    return known;
  }

  async function clone(repo: string): Promise<Clone> {
    const is_new = !clones.has(repo);
    const made = await workplace(repo);
    if (!is_new) await made.git('fetch', '--quiet', '--prune', 'origin');
    return made;
  }

  async function push(repo: string, wish: Push): Promise<string> {
    const { dir, sh } = await workplace(repo);
    const { branch, from = 'main', force = false } = wish;
    await sh(CHECKOUT, branch, from, force ? 'anew' : '');
    for (const [path, content] of Object.entries(wish.files)) {
      const file = join(dir, path);
      if (content === null) {
        await rm(file);
        continue;
      }
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
    }
    return sh(COMMIT, branch, wish.message ?? `Change ${branch}`, force ? '--force' : '--quiet');
  }

  const pulls = (repo: string) => `/repos/${repo}/pulls`;
  return {
    token,
    call,
    must,
    clone,
    push,
    openPullRequest: (repo, pull) => must('POST', pulls(repo), { base: 'main', ...pull }),
    pullRequest: (repo, number) => must('GET', `${pulls(repo)}/${number}`),
    review: (repo, number, event, body) =>
      must('POST', `${pulls(repo)}/${number}/reviews`, { event, body }),
    merge: (repo, number, wish = {}) => must('PUT', `${pulls(repo)}/${number}/merge`, wish),
    comment: (repo, number, body) =>
      must('POST', `/repos/${repo}/issues/${number}/comments`, { body }),
    async close() {
      for (const folder of folders) await rm(folder, { recursive: true, force: true });
    },
  };
}
