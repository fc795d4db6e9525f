import { z } from 'zod';
import { connectApp, type ClientConfig } from '../../../clients/github/app.js';
import { shaped } from '../../../clients/github/answers.js';
import { listPages } from '../../../clients/github/lists.js';
import { statusOf } from '../../../clients/github/requests.js';
import type { RequestPull, RequestsApp } from '../../../ports.js';
import { account } from '../facts/people.js';
import { readGrantPaths } from '../person/content.js';

/** What was seen counts so long: it is asked at each look. */
const REACHES_MS = 300_000;

const made = z.object({ sha: z.string() });
const ref = z.object({ object: z.object({ sha: z.string() }) });
const refs = z.array(z.object({ ref: z.string() }));
const repository = z.object({
  id: z.number().int(),
  full_name: z.string(),
  default_branch: z.string(),
});
const pull = z
  .object({
    number: z.number().int(),
    html_url: z.string(),
    state: z.enum(['open', 'closed']),
    merged_at: z.string().nullish(),
  })
  .transform(({ number, html_url: url, state, merged_at }): RequestPull => ({
    ...{ number, url },
    state: merged_at ? 'merged' : state,
  }));

/** The port `RequestsApp`: GitHub as the App sees it that opens pull requests for people, on one repository. */
export function connectRequester({ repository: name, ...config }: ClientConfig): RequestsApp {
  const [owner = '', repo = ''] = name.split('/');
  const place = { owner, repo };
  const app = connectApp({ ...config, place });
  const { octokit } = app;
  const shaOf = async (branch: string): Promise<string> => {
    const route = 'GET /repos/{owner}/{repo}/git/ref/{ref}';
    const { data } = await octokit.request(route, { ...place, ref: `heads/${branch}` });
    return shaped(ref, data).object.sha;
  };
  const pullOf = async (branch: string): Promise<RequestPull | null> => {
    const asked = { ...place, head: `${owner}:${branch}`, state: 'all' } as const;
    const { data } = await octokit.request('GET /repos/{owner}/{repo}/pulls', asked);
    return shaped(z.array(pull), data)[0] ?? null;
  };
  let reached = Number.NEGATIVE_INFINITY;
  return {
    reaches: async () => {
      if (performance.now() - reached < REACHES_MS) return;
      await app.installation(true);
      await app.token(false);
      reached = performance.now();
    },
    view: async () => {
      const { bot } = await app.installation();
      const of = shaped(
        repository,
        (await octokit.request('GET /repos/{owner}/{repo}', place)).data,
      );
      const { data } = await octokit.request('GET /users/{username}', { username: bot });
      const found = shaped(account, data);
      if (found?.type !== 'Bot') throw new Error(`GitHub says that ${bot} is no account of an App`);
      return {
        app: { id: found.id, login: found.login, type: found.type },
        ...{ repository: of.full_name, repository_id: of.id },
        default_branch: of.default_branch,
        tip: await shaOf(of.default_branch),
      };
    },
    grants: (tip) => readGrantPaths(app, place, tip),
    branches: async (prefix) => {
      const route = 'GET /repos/{owner}/{repo}/git/matching-refs/{ref}';
      const names: string[] = [];
      for await (const page of listPages(app, route, { ...place, ref: `heads/${prefix}` }))
        names.push(...shaped(refs, page).map((one) => one.ref.replace('refs/heads/', '')));
      return names;
    },
    commit: async ({ parent, path, content, message }) => {
      const before = await octokit.request('GET /repos/{owner}/{repo}/git/commits/{commit_sha}', {
        ...place,
        commit_sha: parent,
      });
      const base_tree = shaped(z.object({ tree: made }), before.data).tree.sha;
      const file = { path, content, mode: '100644', type: 'blob' } as const;
      const tree = await octokit.request('POST /repos/{owner}/{repo}/git/trees', {
        ...{ ...place, base_tree, tree: [file] },
      });
      // Without an author GitHub takes the App's own account, and signs it.
      const commit = await octokit.request('POST /repos/{owner}/{repo}/git/commits', {
        ...{ ...place, message, tree: shaped(made, tree.data).sha, parents: [parent] },
      });
      return shaped(made, commit.data).sha;
    },
    branch: async (branch, sha) => {
      try {
        const asked = { ...place, ref: `refs/heads/${branch}`, sha };
        await octokit.request('POST /repos/{owner}/{repo}/git/refs', asked);
        return sha;
      } catch (error) {
        if (statusOf(error) !== 422 || !/already exists/i.test((error as Error).message))
          throw error;
        return shaOf(branch);
      }
    },
    pullOf,
    open: async ({ branch, base, title, body }) => {
      const asked = { ...place, base, head: branch, title, body };
      const { data } = await octokit.request('POST /repos/{owner}/{repo}/pulls', asked);
      return shaped(pull, data);
    },
    look: async (number) => {
      const asked = { ...place, pull_number: number };
      const { data } = await octokit.request(
        'GET /repos/{owner}/{repo}/pulls/{pull_number}',
        asked,
      );
      return shaped(pull, data);
    },
  };
}
