import type { Connection, TargetConfig } from '../../ports.js';
import { connectGitHub } from './connect.js';
import type { GitHub } from './connect.js';

type With<Method> = Method extends (...args: infer Arguments) => infer Answer
  ? (github: GitHub, ...args: Arguments) => Answer
  : never;

/** What a provider does with one kind of access in an organisation. */
export interface Doings {
  readonly observe: With<Connection['observe']>;
  readonly list: With<Connection['list']>;
  readonly set: With<Connection['set']>;
}

/** Connects to a target that is one organisation, told by its numeric id however it is renamed (invariant 14). */
export async function connectOrganization(
  config: TargetConfig,
  { observe, list, set }: Doings,
): Promise<Connection> {
  const github = connectGitHub(config);
  await github.organization();
  return {
    fingerprint: async () => `${github.host}/organization/${(await github.organization()).id}`,
    observe: (slots) => observe(github, slots),
    list: () => list(github),
    set: (slot, level, call) => set(github, slot, level, call),
    close: async () => github.close(),
  };
}
