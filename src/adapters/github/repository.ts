import type { Repository } from '../../ports.js';
import { Unreadable } from '../../ports.js';
import type { AccessRepository } from './access-repository.js';
import type { Client } from '../../clients/github/app.js';
import { compareMerge, compareStep, readStanding } from './git/comparison.js';
import type { Mirror } from './git/mirror.js';
import { readRef } from './git/read.js';
import { readPoliciesAfter, readPolicyTree } from './git/policy-tree.js';
import { createSteps } from './steps.js';

const TIP = 'refs/daypass/tip';

/** The port `Repository`: git read from the mirror, ids and merged pull requests from GitHub. */
export function createRepository(
  client: Client,
  access: AccessRepository,
  mirror: Mirror,
): Repository {
  const steps = createSteps(mirror, client, access);
  return {
    source: () =>
      mirror.mended(async () => {
        const { source } = await access.now();
        await mirror
          .fetch([`+refs/heads/${source.default_branch}:${TIP}`])
          .catch((error: unknown) => {
            access.forget();
            throw error;
          });
        const tip = await readRef(mirror, TIP);
        if (tip === null) throw new Unreadable(`${source.default_branch} has no commit`);
        return { source, tip };
      }),
    steps: (last, tip) => mirror.mended(() => steps(last, tip)),
    compare: (tip, head) => mirror.mended(() => compareMerge(mirror, tip, head)),
    stepComparison: (step, only) => mirror.mended(() => compareStep(mirror, step, only)),
    standing: (commit, paths) => mirror.mended(() => readStanding(mirror, commit, paths)),
    policyTree: (commit) => mirror.mended(() => readPolicyTree(mirror, commit)),
    policiesAfter: (of) => mirror.mended(() => readPoliciesAfter(mirror, of)),
  };
}
