/** The first thing in the ledger that fails verification (invariant 22). */
export interface Broken {
  readonly ok: false;
  readonly what: 'entry' | 'head' | 'grant' | 'due' | 'uses' | 'policy_tree' | 'decision';
  /** The number of the entry or head; null where it is about neither. */
  readonly seq: number | null;
  /** The id of the grant or of the policy tree. */
  readonly id: string | null;
  /** Why, in words that stand on their own. */
  readonly why: string;
}

/** Something in the ledger of which nobody can tell whether it is as it was. */
export interface Unsure extends Omit<Broken, 'ok'> {
  readonly ok: null;
}
