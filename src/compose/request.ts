import { randomBytes } from 'node:crypto';
import { readOrigin } from '../adapters/github/git/origin.js';
import { connectAsPerson } from '../adapters/github/person/person.js';
import { dataFiles } from '../adapters/opa/layout.js';
import { createPolicy } from '../adapters/opa/policy.js';
import { createTestClock } from '../adapters/postgres/clock.js';
import { tokenOfGh } from '../clients/github/token.js';
import { ConfigError, type Config, type Env } from '../config.js';
import { parsePolicyData } from '../core/policy/data.js';
import { webOf } from '../core/use/new-file.js';
import { providers } from '../providers/list.js';
import { openDesk, type RequestDesk } from '../workflows/request/desk.js';

export type { RequestDesk, RequestResult } from '../workflows/request/desk.js';

interface Desk extends RequestDesk {
  close(): Promise<void>;
}

/**
 * Reads the access repository as the person whose token the environment or `gh` has; its name comes from
 * ACCESS_REPOSITORY or the remote of the working tree in `cwd`. Throws `ConfigError` if there is no token or no name.
 */
export async function openRequest(
  config: Config<'request'>,
  at: {
    readonly cwd: string;
    readonly env: Env;
    readonly home: string;
    readonly opa: string | null;
  },
): Promise<Desk> {
  const { GITHUB_API_URL: apiUrl, DAYPASS_CLOCK: clock } = config;
  const web = webOf(apiUrl);
  const { host } = new URL(web);
  const repository = config.ACCESS_REPOSITORY ?? (await repositoryIn(at.cwd, host));
  const token = config.GH_TOKEN ?? config.GITHUB_TOKEN ?? (await tokenOfGh(host, at.env));
  if (token === null)
    throw new ConfigError([
      `GH_TOKEN is missing: set it to your token for ${host}, or sign in with \`gh auth login\``,
    ]);
  const readData = (files: Readonly<Record<string, string>>) =>
    parsePolicyData(files, providers, repository);
  const policy = createPolicy({ parseData: readData, folder: at.home, opa: at.opa });
  try {
    const desk = await openDesk({
      access: connectAsPerson({ apiUrl, token, repository }),
      clock: clock === undefined ? { now: async () => new Date() } : createTestClock(clock),
      checking: {
        ...{ policy, compiles: at.opa !== null, providers },
        readData: (files) => readData(dataFiles(files)),
      },
      web,
      short: () => randomBytes(4).toString('hex'),
    });
    return { ...desk, close: () => policy.close() };
  } catch (error) {
    await policy.close();
    throw error;
  }
}

async function repositoryIn(cwd: string, host: string): Promise<string> {
  const origin = await readOrigin(cwd);
  const set = 'set it to the owner/name of the access repository';
  if ('why' in origin)
    throw new ConfigError([`ACCESS_REPOSITORY is missing: ${set} (${origin.why})`]);
  if (origin.host !== host)
    throw new ConfigError([
      `ACCESS_REPOSITORY is missing: ${set} (the remote of this folder is at ${origin.host}, and GITHUB_API_URL is that of ${host})`,
    ]);
  return origin.name;
}
