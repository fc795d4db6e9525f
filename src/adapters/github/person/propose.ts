import { z } from 'zod';
import { shaped } from '../../../clients/github/answers.js';
import type { App } from '../../../clients/github/app.js';
import { isAnswer, statusOf } from '../../../clients/github/requests.js';
import type { OwnAccess, OwnView, Proposal } from '../../../ports.js';
import { inWords } from './refusals.js';

const pullAnswer = z.object({ number: z.number().int(), html_url: z.string() });

const opened = (data: unknown) => {
  const { number, html_url: url } = shaped(pullAnswer, data);
  return { number, url };
};

/**
 * Makes a branch, commits one new file on it and opens a pull request, each once. If one fails, the branch is removed
 * again, which has a name that nobody else uses; the error says if that failed too. A pull request whose answer was
 * lost is looked for before that.
 */
export async function propose(
  { octokit }: Pick<App, 'octokit'>,
  { repository, default_branch: base, tip, person }: OwnView,
  { branch, path, content, title, body }: Proposal,
): Promise<Awaited<ReturnType<OwnAccess['propose']>>> {
  const [owner = '', repo = ''] = repository.split('/');
  const place = { owner, repo };
  const about = { repository, login: person.login };
  try {
    const ref = `refs/heads/${branch}`;
    await octokit.request('POST /repos/{owner}/{repo}/git/refs', { ...place, ref, sha: tip });
  } catch (error) {
    if (statusOf(error) === 422 && /already exists/i.test((error as Error).message)) return null;
    const left = isAnswer(error) ? '' : `; whether the branch ${branch} was made is not known`;
    throw new Error(`${inWords(error, 'the branch could not be made', about)}${left}`, {
      cause: error,
    });
  }

  /** Removes the branch; returns in words what is left. */
  const takeBack = async (): Promise<string> => {
    try {
      const ref = `heads/${branch}`;
      await octokit.request('DELETE /repos/{owner}/{repo}/git/refs/{ref}', { ...place, ref });
      return 'nothing was left behind';
    } catch {
      return `the branch ${branch} was left behind in ${repository}: remove it there`;
    }
  };

  const doing = { what: 'the file could not be committed' };
  try {
    await octokit.request('PUT /repos/{owner}/{repo}/contents/{path}', {
      ...{ ...place, path, branch, message: title },
      content: Buffer.from(content).toString('base64'),
    });
    doing.what = 'the pull request could not be opened';
    const asked = { ...place, base, head: branch, title, body };
    const { data } = await octokit.request('POST /repos/{owner}/{repo}/pulls', asked);
    return opened(data);
  } catch (error) {
    if (!isAnswer(error)) {
      const found = await lookFor();
      if (found) return found;
    }
    const left = await takeBack();
    throw new Error(`${inWords(error, doing.what, about)}; ${left}`, { cause: error });
  }

  /** A pull request of this branch, if GitHub opened one and its answer was lost. */
  async function lookFor() {
    const head = `${owner}:${branch}`;
    const asked = { ...place, head, state: 'open' } as const;
    const listed = await octokit
      .request('GET /repos/{owner}/{repo}/pulls', asked)
      .catch(() => ({ data: [] }));
    const [first] = listed.data as readonly unknown[];
    return first === undefined ? null : opened(first);
  }
}
