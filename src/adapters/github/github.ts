import type { PullRequests, Reports, Repository, World } from '../../ports.js';
import type { OsAccount } from '../../clients/account.js';
import { rememberRepository } from './access-repository.js';
import type { ClientConfig } from '../../clients/github/app.js';
import { createClient } from '../../clients/github/app.js';
import type { FetchLane } from './git/clone.js';
import { openMirror } from './git/mirror.js';
import { createPullRequests, type FindsRequest } from './pull-requests.js';
import { createReports } from './reports.js';
import { createRepository } from './repository.js';

/**
 * GitHub as the worker sees it: the ports for one access repository. The folder `mirror` can be lost at any time, and
 * several processes may share it; git runs as `account`. Nothing is asked of GitHub before a port is used.
 */
export function connectGitHub(
  config: ClientConfig & {
    readonly mirror: string;
    readonly account?: OsAccount | undefined;
    /** Without it nobody is asked for by the requests App. */
    readonly requestOf?: FindsRequest;
  },
): {
  readonly repository: Repository;
  readonly pullRequests: PullRequests;
  readonly reports: Reports;
  readonly landing: Pick<World, 'repository' | 'pullRequests'>;
} {
  const { requestOf = async () => null } = config;
  const client = createClient(config);
  const byTip = { ...client, octokit: client.octokitFor('tip') };
  // The ids of the repository are read anew for the default branch only.
  const access = rememberRepository(byTip);
  // The mirror asks once for each fetch.
  const remote = async () => {
    const { clone_url } = await access.identity();
    const untold = { status: null, resource: null, remaining: null, limit: null };
    config.onCall?.({ kind: 'git', route: 'fetch', ...untold });
    return { url: clone_url, token: client.token };
  };
  const mirror = openMirror(config.mirror, remote, { account: config.account });
  const inLane = (lane: FetchLane) => {
    const by = lane === 'tip' ? byTip : client;
    return {
      repository: createRepository(by, access, mirror, lane),
      pullRequests: createPullRequests(by, access, mirror, lane, requestOf),
    };
  };
  return {
    ...inLane('heads'),
    landing: inLane('tip'),
    reports: createReports(client, access),
  };
}
