import type { PolicyData } from '../core/policy/catalog.js';
import type { PolicyAnswer, PolicyInput } from '../core/decision/facts.js';
import type { UseAnswer } from '../core/use/answer.js';
import type { UseInput } from '../core/use/weigh.js';
import type { PolicyDigests } from '../core/ledger/events.js';
import type { Parsed, Problem } from '../core/reading/problem.js';
import type { PolicyTree } from './repository.js';

/** A policy that compiled, passed the core's own trial and can be asked. */
export interface LoadedPolicy {
  readonly digests: PolicyDigests;
  readonly data: PolicyData;
  /** The compiled rules. */
  readonly wasm: Uint8Array;
  /** Asks `access/request`. Throws `EngineFault` on a fault, a deadline or an answer of the wrong shape (invariant 3). */
  request(input: PolicyInput): Promise<PolicyAnswer>;
  /** Asks `access/use`, and throws likewise. */
  use(input: UseInput): Promise<UseAnswer>;
}

/** The result of trying a tree before it comes into force. */
export interface PolicyTrial {
  /** Null if it does not load. */
  readonly policy: LoadedPolicy | null;
  /** Why it must not come into force: it does not load, fails the core's own trial, or a Rego test fails. */
  readonly problems: readonly Problem[];
  /** How many Rego tests passed; null where they were not run. */
  readonly tests_passed: number | null;
}

export interface Policy {
  /**
   * Reads only the data of a tree: its YAML files. Compiles and asks nothing, so its rules do not
   * matter.
   */
  read(tree: PolicyTree): Parsed<PolicyData>;
  /** Loads a tree and runs its Rego tests (invariants 1, 2, 26). */
  trial(tree: PolicyTree): Promise<PolicyTrial>;
  /** Compiles (or takes from cache), sets the data and tries a tree (invariants 1, 26). */
  load(
    tree: PolicyTree,
  ): Promise<{ ok: true; policy: LoadedPolicy } | { ok: false; problems: readonly Problem[] }>;
  close(): Promise<void>;
}
