import type { World } from '../../src/ports.js';
import { providers } from '../support/core/policy-files.js';

/** The targets of a worker that has only one: this connection, for every question. */
export const leadingTo = (connection: unknown) => ({
  connection: async () => connection,
  full: () => 0,
  keepOpen: async () => undefined,
  keepOnly: async () => undefined,
  kept: () => [],
  turn: (_: string, __: string, work: (to: unknown) => unknown) => work(connection),
});

/** A worker's world with one target and a lease for everybody; `parts` are what a story is about. */
export const worldOf = (connection: unknown, parts: object): World =>
  ({
    leases: {
      acquire: async () => ({
        remaining: () => 60_000,
        renew: async () => true,
        release: async () => undefined,
      }),
    },
    providers: {
      postgres: {
        ...providers['postgres'],
        join: (levels: readonly string[]) => levels[0] ?? null,
        realm: (fingerprint: string) => fingerprint,
      },
    },
    targets: leadingTo(connection),
    owner: 'me',
    hold_ms: 15_000,
    log: {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: () => undefined,
    },
    ...parts,
  }) as unknown as World;
