import { resolveCommit } from './git/read.js';
import { commitTree, writeTree } from './git/write.js';
import type { Person } from './people.js';
import { person } from './people.js';
import type { RunningGitHub } from './start.js';
import { startGitHub } from './start.js';
import { APP_KEY, seed, signJwt } from './testing.js';
import type { PullRequestFull } from './views/types.js';

export const REPO = 'acme/access';

type Name = 'root' | 'alice' | 'bob' | 'carol' | 'erin' | 'mallory';

/** A running stand-in with the seed of testing.ts, its people, its app, and what they often do. */
export interface Scene {
  readonly github: RunningGitHub;
  readonly people: Readonly<Record<Name | 'app', Person>>;
  /** The bare repository. */
  readonly dir: string;
  /** The tip of the default branch. */
  main(): Promise<string>;
  /** One more commit on a branch, made like in the browser; by alice unless given. */
  write(branch: string, path: string, content: string, who?: Person): Promise<unknown>;
  /** A pull request of alice's that adds one file. */
  open(path?: string, content?: string): Promise<PullRequestFull>;
  /** A finished check run of the required name. */
  check(sha: string, conclusion?: string): Promise<unknown>;
  close(): Promise<void>;
}

export async function startScene(): Promise<Scene> {
  const github = await startGitHub(seed());
  const dir = github.state.repos.get(7000)?.dir ?? '';
  const jwt = person(github.url, signJwt(APP_KEY));
  const { token } = await jwt.must<{ token: string }>(
    'POST',
    '/app/installations/77/access_tokens',
  );
  const one = (login: Name) => person(github.url, `tok_${login}`);
  const people = {
    root: one('root'),
    alice: one('alice'),
    bob: one('bob'),
    carol: one('carol'),
    erin: one('erin'),
    mallory: one('mallory'),
    app: person(github.url, token),
  };
  const main = async () => (await resolveCommit(dir, 'refs/heads/main')) ?? '';
  const write = (branch: string, path: string, content: string, who: Person = people.alice) =>
    who.must('PUT', `/repos/${REPO}/contents/${path}`, {
      message: `Add ${path}`,
      content: Buffer.from(content).toString('base64'),
      branch,
    });
  let serial = 0;
  async function open(path?: string, content?: string): Promise<PullRequestFull> {
    serial += 1;
    const head = `topic-${serial}`;
    const file = path ?? `files/${serial}.yml`;
    const base = await main();
    const author = { name: 'alice', email: 'alice@acme.test', date: github.state.clock.now() };
    // Written without the API, which would need three calls; the branch is made by the API.
    const sha = await commitTree(dir, {
      tree: await writeTree(dir, base, [{ path: file, content: content ?? `n: ${serial}\n` }]),
      parents: [base],
      author,
      committer: author,
      message: `Add ${file}`,
    });
    await people.alice.must('POST', `/repos/${REPO}/git/refs`, { ref: `refs/heads/${head}`, sha });
    return people.alice.openPullRequest(REPO, { title: `Topic ${serial}`, head });
  }
  const check = (head_sha: string, conclusion = 'success') =>
    people.app.must('POST', `/repos/${REPO}/check-runs`, {
      name: 'daypass',
      head_sha,
      status: 'completed',
      conclusion,
      output: { title: 'title', summary: 'summary' },
    });
  async function close(): Promise<void> {
    for (const somebody of Object.values(people)) await somebody.close();
    await github.close();
  }
  return { github, people, dir, main, write, open, check, close };
}
