import { nodeId } from '../node-id.js';
import { person } from '../people.js';
import type { SeedInput } from '../seed.js';
import type { RunningGitHub, StartOptions } from '../start.js';
import { startGitHub } from '../start.js';
import { APP_KEY, OTHER_KEY, signJwt } from '../testing.js';
import type { Answered } from './failure.js';

/** Sends `POST /graphql`; `query` may use the variables. */
export type Ask = (
  token: string,
  query: string,
  variables?: Readonly<Record<string, unknown>>,
) => Promise<Answered>;

export interface AskedGitHub extends RunningGitHub {
  readonly ask: Ask;
  /**
   * Tokens of the apps of `testing.ts`: one with all permissions of Daypass, one without `pull_requests` and `members`.
   */
  readonly daypass: string;
  readonly other: string;
}

/** Starts a GitHub to query by GraphQL. */
export async function startAsked(
  seed: SeedInput,
  options: StartOptions = {},
): Promise<AskedGitHub> {
  const running = await startGitHub(seed, options);
  const installed = async (key: string, iss: number, id: number) => {
    const app = person(running.url, signJwt(key, { iss }));
    const path = `/app/installations/${id}/access_tokens`;
    const answer = await fetch(running.url + path, {
      method: 'POST',
      headers: { authorization: `bearer ${app.token}` },
    });
    return ((await answer.json()) as { token: string }).token;
  };
  return {
    ...running,
    daypass: await installed(APP_KEY, 4242, 77),
    other: await installed(OTHER_KEY, 4343, 78),
    async ask(token, query, variables = {}) {
      const answer = await person(running.url, token).call<Answered>('POST', '/graphql', {
        query,
        variables,
      });
      if (answer.status !== 200) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body;
    },
  };
}

/** The global id of a pull request by its number. */
export function pullId({ state }: RunningGitHub, number: number): string {
  const pull = [...state.pulls.values()].find((one) => one.number === number);
  return nodeId('PullRequest', pull?.id ?? 0);
}
