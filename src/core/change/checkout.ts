import type { PolicyTree } from '../policy/tree.js';
import type { Problem } from '../reading/problem.js';
import type { Comparison } from './snapshot.js';

/** A working tree against its base, as git has it: all that `daypass check` judges, read in one go. */
export interface Checkout {
  /** The base as it was named or found, and its commit. */
  readonly base: { readonly name: string; readonly commit: string };
  /** What merging the working tree as it stands would give; `head` names no commit. */
  readonly comparison: Comparison;
  readonly policies: {
    /** `policies/` of the base; null where there is none, and why it cannot be read. */
    readonly base: PolicyTree | null;
    readonly unreadable: string | null;
    /** `policies/` of the working tree; null where there is none. */
    readonly here: PolicyTree | null;
    /** What of the working tree's cannot be read, or is no plain file. */
    readonly problems: readonly Problem[];
  };
}
