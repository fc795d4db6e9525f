import { policyDiffers } from '../../core/ledger/archived-policy.js';
import type { GrantRecord } from '../../core/grant/record.js';
import { callersOf, type Callers } from '../../core/use/callers.js';
import { createLiveGrants, type LiveGrants } from '../../core/use/live-grants.js';
import { keepTime, passed, type TwoClocks } from '../../core/use/passing-time.js';
import type { PolicyDigests } from '../../core/ledger/events.js';
import type { Parsed } from '../../core/reading/problem.js';
import { EngineFault } from '../../ports.js';
import type { CompiledTree, Log, PolicyAtUse, UseFeed } from '../../ports.js';

/** What an answer goes by at a moment. */
export interface Current {
  readonly policy: PolicyAtUse;
  readonly callers: Callers;
  /** The branch of the access repository that people ask on. */
  readonly default_branch: string;
  readonly grants: LiveGrants;
  readonly now: Date;
}

interface KeepWorld {
  readonly feed: UseFeed;
  /** The compiler whose rules this version runs. */
  readonly compiler: string;
  /** Starts a policy from its tree and its compiled rules. */
  readonly start: (
    compiled: CompiledTree & { readonly wasm: Uint8Array<ArrayBuffer> },
  ) => Parsed<PolicyAtUse>;
  readonly record: (text: string) => GrantRecord;
  readonly reading: () => TwoClocks;
  /** The time in tests; null for the database's. */
  readonly testTime: (() => Promise<Date>) | null;
  readonly stale_after_ms: number;
  /** Told once of each policy that is asked from then on. */
  readonly begun: (policy: PolicyAtUse) => void;
  readonly log: Log;
}

/** Why nothing is known well enough, in words, and who was let in the last time that it was; null where it never was. */
export interface NotCurrent {
  readonly why: string;
  readonly last: Pick<Current, 'callers' | 'now'> | null;
}

/** What a decision process knows, kept current. */
export interface KeptCurrent {
  /** Reads what has changed. Never throws: what cannot be read makes it stale. */
  look(): Promise<void>;
  /** What to go by now, or why nothing is known well enough (invariant 27). */
  current(): Current | NotCurrent;
  /** Reads everything anew at the next look: a connection broke, and the next may lead to another server. */
  distrust(): void;
  leave(): Promise<void>;
}

/** Rows of one read: few enough that answers are given in between. */
const PAGE = 1_000;

/** All is read anew after so long: nothing that went wrong once lasts (ms). */
const ANEW_MS = 3_600_000;

/**
 * Keeps what a decision process goes by, in the order that `DecisionProcess` describes: its row is written before
 * anything is read, a version is confirmed once all changes up to it are applied, and nothing is allowed when the last
 * page of the last round that succeeded began longer than `stale_after_ms` ago.
 */
export function keepCurrent(world: KeepWorld): KeptCurrent {
  const { feed, reading, stale_after_ms, log } = world;
  const time = keepTime(world.testTime === null);
  let policy: (Omit<Current, 'grants' | 'now'> & { readonly seq: number }) | null = null;
  let grants: LiveGrants | null = null;
  let version = 0;
  let anew = reading();
  /** When the last round began that succeeded. */
  let current: TwoClocks | null = null;
  let why = 'it has not read the ledger yet';
  /** Whether what was read may be of another ledger than what will be: after a connection broke, it may be a replica. */
  let doubtful = true;

  /**
   * Reads all changes after a version into an index, and writes before each page that it goes by `confirmed`. Returns the
   * version that it then has, and when the last page began: since then it is current.
   */
  const follow = async (into: LiveGrants, after: number, confirmed: number, whole: boolean) => {
    let from = after;
    for (;;) {
      const asked = reading();
      await feed.confirm(confirmed);
      const { rows, head, at } = await feed.changes(from, PAGE, whole);
      if (head < from) throw new Restored();
      for (const { id, record } of rows) into.put(id, record);
      if (rows.length < PAGE) {
        time.read(world.testTime ? await world.testTime() : new Date(at), asked);
        return { reached: head, since: asked };
      }
      from = rows.at(-1)?.version ?? from;
    }
  };

  const round = async (): Promise<void> => {
    const began = reading();
    const silent = doubtful || current === null || passed(current, began) > stale_after_ms;
    doubtful = false;
    const whole = silent || grants === null || passed(anew, began) > ANEW_MS;
    const into = whole || !grants ? createLiveGrants(world.record) : grants;
    // Whoever was silent does not know how its row was read meanwhile: nothing that was confirmed before counts.
    const confirmed = silent ? 0 : version;
    const { reached, since } = await follow(into, whole ? 0 : version, confirmed, whole);
    // At once: while a new policy cannot be started, the one before answers by what is live now.
    const changed = reached !== version;
    grants = into;
    version = reached;
    if (whole) anew = began;
    if (whole) await feed.forgetSilent();
    const inForce = await feed.inForce();
    if (!inForce) {
      why = 'no policy is in force yet: first start has not ended';
      current = null;
      return;
    }
    if (policy?.seq !== inForce.seq) {
      const at_use = await startPolicy(world, inForce.recorded);
      const { seq, default_branch } = inForce;
      policy = { seq, policy: at_use, callers: callersOf(at_use.data), default_branch };
      log.info({ policy: inForce.recorded.tree }, 'this policy is asked at use');
      world.begun(at_use);
    }
    if (changed || silent) await feed.confirm(reached);
    current = since;
    why = 'it does not get to read the ledger';
  };

  return {
    look: async () => {
      try {
        await round();
      } catch (error) {
        why = error instanceof EngineFault ? error.message : 'the ledger does not answer';
        // What is said in words passes by itself, such as a policy that a worker is about to compile.
        if (error instanceof EngineFault) {
          log.warn({ why }, 'it is not known what is current');
          return;
        }
        log.error({ err: error }, 'could not read what is current');
        doubtful = true;
      }
    },
    distrust: () => {
      doubtful = true;
    },
    current: () => {
      const at = reading();
      const now = time.now(at);
      if (current === null || !policy || !grants)
        return { why, last: policy && { callers: policy.callers, now } };
      const since = passed(current, at);
      const { callers, default_branch } = policy;
      if (since > stale_after_ms)
        return { why: `${why}, for ${Math.round(since / 1000)} s`, last: { callers, now } };
      return { policy: policy.policy, callers, default_branch, grants, now };
    },
    leave: () => feed.leave(),
  };
}

/** The ledger is older than what was read of it. */
class Restored extends Error {
  override readonly name = 'Restored';
  constructor() {
    super('the ledger has fewer entries than before: it was restored, and is read anew');
  }
}

/** The policy in force, held to what was recorded of it (invariant 23). Throws `EngineFault` in words. */
async function startPolicy(
  { feed, compiler, start }: KeepWorld,
  recorded: PolicyDigests,
): Promise<PolicyAtUse> {
  const found = await feed.compiled(compiler);
  if (found?.tree.id !== recorded.tree)
    throw new EngineFault(`the ledger does not hold the policy tree ${recorded.tree}`);
  const { tree, wasm } = found;
  if (!wasm)
    throw new EngineFault(
      `no worker of this version has compiled the policy in force yet (${recorded.tree})`,
    );
  const started = start({ tree, wasm });
  if (!started.ok) {
    const [first] = started.problems;
    throw new EngineFault(
      `the policy in force does not load here: ${first ? `${first.path}: ${first.message}` : 'no reason given'}`,
    );
  }
  const differs = policyDiffers(tree, started.value.digests, recorded);
  if (differs !== null)
    throw new EngineFault(`the policy tree ${tree.id} is not what the ledger recorded: ${differs}`);
  return started.value;
}
