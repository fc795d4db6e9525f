import { PastDeadline, within } from '../../clients/deadline.js';
import type { Holding } from '../../core/grant/record.js';
import { TargetFault } from '../../ports.js';
import type { Call, Connection, Slot, SlotHints, TargetConfig } from '../../ports.js';
import { connectAsTarget } from './connect.js';
import type { GitHub, How } from './connect.js';

/** Names that may lead to an object and a person without a call. They are checked by id, and may be wrong. */
export interface KnownNames {
  readonly object: string | null;
  readonly login: string | null;
}

/** What to read, and what the same turn knows of it. */
export interface ToRead<Kept> {
  readonly object: string;
  readonly names: KnownNames;
  readonly kept: Kept | null;
  readonly how: How;
}

/**
 * What a provider does with one kind of access in an organisation. `Seen` is who has what on one object; `Kept` is the
 * part of it that a turn need not read again after a call.
 */
export interface Operations<Seen, Kept> {
  /** Who has what on an object, found by its id: complete, or an error. */
  readonly read: (github: GitHub, asked: ToRead<Kept>) => Promise<Seen>;
  readonly holdings: (
    github: GitHub,
    seen: Seen,
    identity: string,
    how: How,
  ) => Promise<readonly Holding[]> | readonly Holding[];
  readonly list: (github: GitHub) => ReturnType<Connection['list']>;
  /** Changes what was seen. */
  readonly set: (
    github: GitHub,
    seen: Seen,
    ...args: [...Parameters<Connection['set']>, how: HowToSet]
  ) => Promise<Kept | null>;
}

export interface HowToSet extends How {
  /** Whether the look that told the logins began at most `TOLD_MS` ago. */
  readonly just_told: boolean;
}

/** How long after the beginning of a look its logins are as good as asked anew, where nothing more is given, ms. */
const TOLD_MS = 2_000;

const NO_NAMES: KnownNames = { object: null, login: null };

/** Connects to a target that is one organisation, identified by its numeric id even if it is renamed (invariant 14). */
export async function connectOrganization<Seen, Kept>(
  config: TargetConfig,
  operations: Operations<Seen, Kept>,
  nameOf: (entitlement: SlotHints['entitlement']) => string | null,
): Promise<Connection> {
  const github = connectAsTarget(config);
  await github.organization();
  const connection: Connection = {
    // GitHub does not say who gave direct access.
    tells_ours: false,
    // Every read checks by ids that the name still leads to this organisation.
    fingerprint: async () => `${github.host}/organization/${(await github.organization()).id}`,
    ...doings(github, operations, null),
    list: () => operations.list(github),
    forTurn: ({ entitlement, login }) => ({
      ...connection,
      ...doings(github, operations, { object: nameOf(entitlement), login }),
    }),
    close: async () => github.close(),
  };
  return connection;
}

/** How slots are observed and set; `names` are those of the only slot of a turn, null outside of one. */
function doings<Seen, Kept>(
  github: GitHub,
  { read, holdings, set }: Operations<Seen, Kept>,
  names: KnownNames | null,
): Pick<Connection, 'observe' | 'set'> {
  let last: { readonly object: string; readonly seen: Seen; readonly began: number } | null = null;
  let kept: Kept | null = null;
  const look = async (by: GitHub, object: string, how: How): Promise<Seen> => {
    const known = kept;
    kept = null;
    return read(by, { object, names: names ?? NO_NAMES, kept: known, how });
  };
  const change = async (by: GitHub, slot: Slot, level: string | null, call: Call, how: How) => {
    const began = performance.now();
    const told =
      last?.object === slot.object ? last : { seen: await look(by, slot.object, how), began };
    last = null;
    const just_told = performance.now() - told.began < TOLD_MS;
    return set(by, told.seen, slot, level, call, { ...how, just_told });
  };
  return {
    observe: async (slots, purpose = 'end') => {
      const by = github.as(purpose);
      const found = new Map<string, Seen>();
      for (const object of new Set(slots.map((slot) => slot.object))) {
        const began = performance.now();
        const seen = await look(by, object, {});
        found.set(object, seen);
        if (names) last = { object, seen, began };
      }
      const all: (readonly Holding[])[] = [];
      for (const { object, identity } of slots) {
        const seen = found.get(object);
        all.push(seen ? await holdings(by, seen, identity, {}) : []);
      }
      return all;
    },
    set: async (slot, level, call) => {
      const by = github.as(call.takes_only ? 'end' : 'other');
      try {
        const known = await within(call.deadline_ms, (signal) =>
          change(by, slot, level, call, { signal }),
        );
        if (names) kept = known;
      } catch (error) {
        throw error instanceof PastDeadline
          ? new TargetFault('the call did not end before its deadline', false, { cause: error })
          : error;
      }
    },
  };
}
