import type { Contributors } from '../change/snapshot.js';
import { isHuman, type Person } from '../grant/person.js';
import type { Bot } from '../policy/catalog.js';

/**
 * The contributors, and the people who stand behind the accounts among them that are no people (invariant 4). If
 * nobody is named for such an account, somebody unknown drives it, and so no approval counts. `requester` is null where
 * the account that opened the pull request is gone.
 */
export function throughBots(
  { people, unknown }: Contributors,
  requester: Person | null,
  bots: readonly Bot[],
): Contributors {
  const accounts = [...people, ...(requester ? [requester] : [])].filter((one) => !isHuman(one));
  const behind = [...people];
  const more = requester
    ? []
    : ['the account that opened the pull request is gone: open it again from another account'];
  for (const { id, login, type } of new Map(accounts.map((one) => [one.id, one])).values()) {
    const bot = bots.find((named) => named.id === id);
    for (const person of bot?.people ?? []) behind.push({ ...person, type: 'User' });
    if (!bot)
      more.push(
        `${login} (id ${id}), which is of type ${type} and not a person, opened the pull request or pushed to it: do that from your own account, or have the policy owners say under bots in settings.yaml who stands behind it`,
      );
  }
  return { people: behind, unknown: [...unknown, ...more] };
}
