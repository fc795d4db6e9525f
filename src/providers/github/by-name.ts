import { statusOf } from '../../clients/github/requests.js';
import { TargetFault } from '../../ports.js';
import type { GitHub } from './connect.js';

/** The name that was asked by is not the object's. */
export class NotByThatName extends TargetFault {}

/**
 * Reads an object by the name that the catalog gives it, which costs no call to find it. If that is not its name (any
 * more), it is found by its id. `read` throws `NotByThatName` unless the ids in the answer are the right ones
 * (invariant 14).
 */
export async function byNameOrId<At, Seen>(
  github: GitHub,
  named: At | null,
  byId: () => Promise<At>,
  read: (at: At) => Promise<Seen>,
): Promise<Seen> {
  if (named !== null) {
    try {
      return await read(named);
    } catch (error) {
      if (!(error instanceof NotByThatName) && statusOf(error) !== 404) throw error;
      github.forget();
    }
  }
  return read(await byId());
}
