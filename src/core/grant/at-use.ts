import type { CommandPattern } from '../reading/command.js';

/** What a role allows where Daypass is asked. A role that allows nothing there has none of the keys. */
export interface AtUse {
  /** Actions, or `*` alone for all. */
  readonly actions?: readonly string[];
  /** Action → the commands that are this action. */
  readonly commands?: Readonly<Record<string, readonly CommandPattern[]>>;
  /** Action → the calls over HTTP that are this action, as `readRoute` reads them. */
  readonly routes?: Readonly<Record<string, readonly string[]>>;
}
