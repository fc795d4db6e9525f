import type { Repository } from '../../ports.js';
import { Unreadable } from '../../ports.js';
import type { AccessRepository } from './access-repository.js';
import type { Client } from '../../clients/github/app.js';
import { compareMerge, compareStep, readGrantsAt } from './git/comparison.js';
import type { FetchLane } from './git/clone.js';
import { TIP } from './git/first-fetch.js';
import type { Mirror } from './git/mirror.js';
import { readPoliciesAfter, readPolicyTree } from './git/policy-tree.js';
import { createSteps } from './steps.js';

/**
 * The port `Repository`: commits and files from the mirror, fetched in one of its lanes; ids and merged pull requests
 * from GitHub.
 */
export function createRepository(
  client: Client,
  access: AccessRepository,
  mirror: Mirror,
  lane: FetchLane,
): Repository {
  const steps = createSteps(client, access);
  return {
    source: () =>
      mirror.read(lane, async (clone) => {
        const { source } = await access.now();
        try {
          await clone.fetch([`+refs/heads/${source.default_branch}:${TIP}`]);
        } catch (error) {
          access.forget();
          throw error;
        }
        const tip = await clone.readRef(TIP);
        if (tip === null) throw new Unreadable(`${source.default_branch} has no commit`);
        return { source, tip };
      }),
    steps: (last, tip) => mirror.read(lane, (clone) => steps(clone, last, tip)),
    compare: (tip, head) => mirror.read(lane, (clone) => compareMerge(clone, tip, head)),
    stepComparison: (step, only) => mirror.read(lane, (clone) => compareStep(clone, step, only)),
    filesAt: (commit, paths) => mirror.read(lane, (clone) => readGrantsAt(clone, commit, paths)),
    policyTree: (commit) =>
      mirror.read(lane, async (clone) => {
        await clone.needCommits(commit);
        return readPolicyTree(clone, commit);
      }),
    policiesAfter: (of) => mirror.read(lane, (clone) => readPoliciesAfter(clone, of)),
  };
}
