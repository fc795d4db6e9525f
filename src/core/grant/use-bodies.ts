/** The bodies of entries about decided uses. */
export interface UseBodies {
  /**
   * A batch of decided uses, by its number: how many, of when, and the digest of its rows in their order. `lost` are uses
   * of which only the number is known.
   */
  'uses.recorded': {
    batch: number;
    count: number;
    denied: number;
    lost: number;
    /** How many rows cannot be read, because no decision process of this version wrote them; missing for none. */
    unread?: number;
    from: string;
    to: string;
    digest: string;
  };
  /** The rows of all batches up to this one were deleted, because the settings keep them no longer. */
  'uses.forgotten': { up_to: number; older_than: string };
}
