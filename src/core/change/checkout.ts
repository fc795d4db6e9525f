import type { PolicyTree } from '../policy/tree.js';
import type { Problem } from '../reading/problem.js';
import type { Comparison } from './snapshot.js';

/** A working tree compared with its base in git: all that `daypass check` judges, read in one go. */
export interface Checkout {
  /** The name of the base, given or found, and its commit. */
  readonly base: { readonly name: string; readonly commit: string };
  /** What merging the current working tree would give; `head` is not a commit. */
  readonly comparison: Comparison;
  readonly policies: {
    /** `policies/` of the base; null where there is none, and why it cannot be read. */
    readonly base: PolicyTree | null;
    readonly unreadable: string | null;
    /** `policies/` of the working tree; null where there is none. */
    readonly here: PolicyTree | null;
    /** Files of the working tree's `policies/` that cannot be read or are not plain files. */
    readonly problems: readonly Problem[];
  };
}
