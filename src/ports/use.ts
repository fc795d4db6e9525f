import type { PolicyDigests } from '../core/ledger/events.js';
import type { PolicyData } from '../core/policy/catalog.js';
import type { PolicyTree } from '../core/policy/tree.js';
import type { OidcCaller } from '../core/policy/enforcement/point.js';
import type { UseAnswer } from '../core/use/answer.js';
import type { ShownCredential } from '../core/use/callers.js';
import type { UseInput } from '../core/use/weigh.js';

/** A grant that changed: its record, or null where it allows nothing and has not for long. */
export interface ChangedGrant {
  readonly id: string;
  readonly version: number;
  readonly record: string | null;
}

/** Changes of grants in the order of their versions, and the ledger's newest entry and the time at the same moment. */
export interface Changes {
  readonly rows: readonly ChangedGrant[];
  readonly head: number;
  /** The database's time, RFC 3339. */
  readonly at: string;
}

/** The entry that put the policy in force, what it recorded, and the branch that people ask on. */
export interface PolicyInForceAtUse {
  readonly seq: number;
  readonly recorded: PolicyDigests;
  readonly default_branch: string;
}

/** What a worker compiled of a policy tree. */
export interface CompiledTree {
  readonly tree: PolicyTree;
  /** Null where no worker has compiled it yet with this compiler. */
  readonly wasm: Uint8Array<ArrayBuffer> | null;
}

/** A policy as a decision process asks it, in its own thread (invariant 26). */
export interface PolicyAtUse {
  readonly digests: PolicyDigests;
  readonly data: PolicyData;
  /** Asks `access/use`; throws `EngineFault`. */
  use(input: UseInput): UseAnswer;
}

/** What a decision process reads of the ledger, and its own row there. */
export interface UseFeed {
  /** Writes its row: it is there, and goes by every change up to `version`. */
  confirm(version: number): Promise<void>;
  /**
   * The grants that changed after a version, at most `limit`; fewer are all up to the head. With `only_records` those
   * that allow nothing and have not for long are left out.
   */
  changes(after: number, limit: number, only_records: boolean): Promise<Changes>;
  /** The newest entry that put a policy in force, and what it recorded; null before first start has ended. */
  inForce(): Promise<PolicyInForceAtUse | null>;
  /** The tree in force with its rules as this version's compiler makes them; null if it is not there. */
  compiled(compiler: string): Promise<CompiledTree | null>;
  /** Forgets processes that have been silent for a day: they are gone. */
  forgetSilent(): Promise<void>;
  /** Takes its row away: it allows nothing any more, so no end waits for it. */
  leave(): Promise<void>;
}

/** What workers keep for decision processes. */
export interface CompiledPolicies {
  has(tree: string, compiler: string): Promise<boolean>;
  keep(tree: string, compiler: string, wasm: Uint8Array): Promise<void>;
}

/** Verifies what issuers say about callers. */
export interface TokenVerifier {
  /**
   * What a token proves at a moment; null where it proves nothing. `trusting` has what the policy in force wants of the
   * tokens of an issuer: no other issuer is asked for its keys, whatever a token says.
   */
  verify(
    token: string,
    trusting: (issuer: string) => readonly OidcCaller[],
    now: Date,
  ): Promise<Extract<ShownCredential, { readonly kind: 'oidc' }> | null>;
}
