import type { ChangeKind, Effect, Entitled } from './effect.js';
import type { DeclaredGrant } from './grant.js';
import type { GrantRecord } from './ledger/record.js';
import type { Account } from './person.js';

/** A declared grant whose subject, role and slot are known. */
export interface ResolvedGrant {
  readonly declared: DeclaredGrant;
  readonly subject: Account;
  readonly entitled: Entitled;
}

/** What a pull request or a push does to one grant. */
export interface Change {
  readonly kind: ChangeKind;
  readonly path: string;
  readonly environment: string;
  /** The grant in the ledger that it changes from; null for `added` (invariant 8). */
  readonly from: GrantRecord | null;
  /** Null for `withdrawn`. */
  readonly to: ResolvedGrant | null;
  readonly effect: Effect;
  readonly digest: string;
}
