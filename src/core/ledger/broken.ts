/** The first of what the ledger records that does not hold (invariant 22). */
export interface Broken {
  readonly ok: false;
  readonly what: 'entry' | 'head' | 'grant' | 'due' | 'policy_tree';
  /** The number of the entry or head, where one is concerned. */
  readonly seq: number | null;
  /** The id of the grant or of the policy tree. */
  readonly id: string | null;
  /** A whole sentence. */
  readonly why: string;
}
