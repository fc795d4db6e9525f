import type { Entitled } from './effect.js';
import type { DeclaredGrant } from './grant.js';
import type { DeclaredWindow, Window } from './window.js';
import type { Reason } from '../reading/reason.js';

export type GrantState =
  | 'requested'
  | 'scheduled'
  | 'activating'
  | 'active'
  | 'expired'
  | 'revoked'
  | 'withdrawn'
  | 'lapsed'
  | 'refused';

/** Who, by id; the login is for display (invariant 6). */
export interface Who {
  readonly id: number;
  readonly login: string;
}

/** How access came to a slot: `standing` is direct and not ours, `inherited` comes through something else. */
export type Origin = 'ours' | 'standing' | 'inherited' | 'pending';

export interface Holding {
  readonly level: string;
  readonly origin: Origin;
}

/** What is held, in words. */
export function holdingsInWords(holdings: readonly Holding[]): string {
  return holdings.map(({ level, origin }) => `${level} (${origin})`).join(', ') || 'nothing';
}

/** One grant as the ledger's entries tell it; the fold of its entries and of nothing else. */
export interface GrantRecord {
  /** `<path>@<commit>`: the default-branch commit that added it. */
  readonly id: string;
  readonly state: GrantState;
  readonly quarantined: boolean;
  readonly overdue: boolean;
  /** What was last seen there that neither a grant nor a standing entry explains, or that one lacks. */
  readonly drift: readonly string[];
  readonly declared: Omit<DeclaredGrant, 'lines'>;
  readonly subject: Who;
  readonly requester: Who | null;
  readonly pull_request: number | null;
  /** Null where it was quarantined before it could be resolved. */
  readonly entitled: Entitled | null;
  /** The effect digest that it landed with: what activation must still come to (invariant 7). */
  readonly digest: string | null;
  /** The step that it landed with: its parent and its last commit. */
  readonly step: { readonly parent: string; readonly commit: string };
  readonly landed_at: string;
  /** When it was merged, which is not after its landing; null where that is not known. */
  readonly merged_at: string | null;
  /** Not activated within this of its start or its merge, it lapses (invariant 12). */
  readonly activate_within_seconds: number;
  /** How long before its end that is told; null where it never is. */
  readonly ending_soon_seconds: number | null;
  /** The end that was told to be near; another one is told again. */
  readonly told_end: string | null;
  /** The window in the file that stands now: an extension or a narrowing changes it. */
  readonly window_declared: DeclaredWindow;
  /** Frozen with the intent, before the first call (invariant 12). */
  readonly window: Window | null;
  /** The target as it was when the intent was written (invariant 14). */
  readonly fingerprint: string | null;
  /** What the slot's names stood for then, where a name can be given to something else; null: the names count. */
  readonly pin: string | null;
  /** The other access on the slot before the first of its live grants, as far as others left it (invariant 15). */
  readonly baseline: readonly Holding[];
  /** What the identity had there by itself before the first call; null where the target does not say or was not asked. */
  readonly rights: readonly string[] | null;
  /** What is still on its slot after its end, explained by others (invariant 14). */
  readonly left: readonly Holding[];
  /** The act that ends it early, once there is one. */
  readonly revoked_by: {
    readonly why: string;
    readonly who: Who | null;
    /** The same as `why`, with its code; acts from before reasons had codes lack it. */
    readonly reasons?: readonly Reason[];
    readonly at: string;
  } | null;
  /** Why it was quarantined, lapsed or was refused, in words; empty otherwise. */
  readonly why: readonly string[];
  /** Failed attempts since the last success, what the last of them met, and when to try next. */
  readonly attempts: number;
  readonly error: string | null;
  readonly retry_at: string | null;
  /** When it ended: where access was made or begun, the slot was seen to hold nothing unexplained then. */
  readonly ended_at: string | null;
  /** Sequence number of its newest entry: what a writer expects (optimistic concurrency). */
  readonly version: number;
}

/** What a start in the past means (invariant 12): the merge, or the landing where the merge is not known. */
export function mergeOf({ merged_at, landed_at }: GrantRecord): string {
  return merged_at ?? landed_at;
}

/** Access that exists or is being made: what other changes on the same path or slot must reckon with. */
export const LIVE_STATES: readonly GrantState[] = ['scheduled', 'activating', 'active'];

/** Access that exists or may exist, since an intent was written: it has to be taken away and seen to be gone. */
export const BEGUN_STATES = ['activating', 'active'] as const satisfies readonly GrantState[];
export type BegunState = (typeof BEGUN_STATES)[number];

export function begun(state: GrantState): state is BegunState {
  const states: readonly GrantState[] = BEGUN_STATES;
  return states.includes(state);
}
