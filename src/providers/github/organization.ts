import { PastDeadline, within } from '../../clients/deadline.js';
import { TargetFault } from '../../ports.js';
import type { Connection, TargetConfig } from '../../ports.js';
import { connectAsTarget } from './connect.js';
import type { GitHub, How } from './connect.js';

type With<Method> = Method extends (...args: infer Arguments) => infer Answer
  ? (github: GitHub, ...args: Arguments) => Answer
  : never;

/** What a provider does with one kind of access in an organisation. */
export interface Operations {
  readonly observe: With<Connection['observe']>;
  readonly list: With<Connection['list']>;
  readonly set: (
    github: GitHub,
    ...args: [...call: Parameters<Connection['set']>, how: How]
  ) => Promise<void>;
}

/** Connects to a target that is one organisation, identified by its numeric id even if it is renamed (invariant 14). */
export async function connectOrganization(
  config: TargetConfig,
  { observe, list, set }: Operations,
): Promise<Connection> {
  const github = connectAsTarget(config);
  await github.organization();
  return {
    // GitHub does not say who gave direct access.
    tells_ours: false,
    fingerprint: async () => `${github.host}/organization/${(await github.organization()).id}`,
    observe: (slots, purpose = 'end') => observe(github.as(purpose), slots),
    list: () => list(github),
    set: async (slot, level, call) => {
      const by = github.as(call.takes_only ? 'end' : 'other');
      try {
        await within(call.deadline_ms, (signal) => set(by, slot, level, call, { signal }));
      } catch (error) {
        throw error instanceof PastDeadline
          ? new TargetFault('the call did not end before its deadline', false, { cause: error })
          : error;
      }
    },
    close: async () => github.close(),
  };
}
