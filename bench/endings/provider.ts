import type { Connection, Provider, Targets } from '../../src/ports.js';

/** A target that takes no time: it remembers who is a member, and when each one was removed. */
export interface Nothing {
  readonly provider: Provider;
  readonly targets: Targets;
  /** How many members are left. */
  left(): number;
  /** When somebody was removed, by `now`; undefined for members. */
  gone(identity: string): number | undefined;
}

/** `now` answers milliseconds since 1970 by the clock that grants end by. */
export function createNothing(identities: readonly string[], now: () => number): Nothing {
  const members = new Set(identities);
  const gone = new Map<string, number>();
  const holdings = (identity: string) =>
    members.has(identity) ? [{ level: 'member', origin: 'ours' } as const] : [];
  const slotOf = (identity: string) => ({ object: 'a role', identity });
  const connection: Connection = {
    tells_ours: true,
    fingerprint: async () => 'nowhere',
    observe: async (slots) => slots.map(({ identity }) => holdings(identity)),
    list: async () => [...members].map((one) => ({ slot: slotOf(one), holdings: holdings(one) })),
    set: async ({ identity }, level) => {
      if (level !== null) return void members.add(identity);
      if (members.delete(identity)) gone.set(identity, now());
    },
    close: async () => undefined,
  };
  return {
    provider: {
      type: 'nothing',
      native_expiry: 'none',
      enforces_scope: false,
      ends_sessions: true,
      join: ([level]) => level ?? null,
      check: () => [],
      checkIdentity: () => null,
      slot: (_, identity) => ({ ...slotOf(identity), level: 'member', keep_sessions: false }),
      realm: (fingerprint) => fingerprint,
      connect: async () => connection,
    },
    targets: {
      connection: async () => connection,
      full: () => 0,
      turn: (_, __, work) => work(connection),
      keepOpen: async () => undefined,
      keepOnly: async () => undefined,
      kept: () => [],
      close: async () => undefined,
    },
    left: () => members.size,
    gone: (identity) => gone.get(identity),
  };
}
