import type { Entitled } from './effect.js';
import type { DeclaredGrant, Words } from './grant.js';
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

/** A person by id; the login is for display (invariant 6). */
export interface Who {
  readonly id: number;
  readonly login: string;
}

/** How access came to a slot: `standing` is direct and not given by Daypass, `inherited` comes through something else. */
export type Origin = 'ours' | 'standing' | 'inherited' | 'pending';

export interface Holding {
  readonly level: string;
  readonly origin: Origin;
}

/** Holdings in words. */
export function holdingsInWords(holdings: readonly Holding[]): string {
  return holdings.map(({ level, origin }) => `${level} (${origin})`).join(', ') || 'nothing';
}

/** One grant: the fold of its ledger entries and of nothing else. */
export interface GrantRecord {
  /** `<path>@<commit>`: the default-branch commit that added it. */
  readonly id: string;
  readonly state: GrantState;
  readonly quarantined: boolean;
  readonly overdue: boolean;
  /** Last seen on the slot: access that neither a grant nor a standing entry explains, or standing access that is missing. */
  readonly drift: readonly string[];
  /** Its words are those that it was approved with. */
  readonly declared: Omit<DeclaredGrant, 'lines'>;
  /** The words that its file has had since, and whose change that was; missing where nobody changed them. */
  readonly reworded?: Words & { readonly who: Who | null; readonly at: string };
  readonly subject: Who;
  /** It was decided about a member of the organisation, so it ends when they leave; missing where it was not. */
  readonly member?: true;
  /**
   * Whether nobody had to review what it gives now, so that settings limit how many there are; missing where that is not
   * known: it then counts as reviewed.
   */
  readonly unreviewed?: boolean;
  readonly requester: Who | null;
  readonly pull_request: number | null;
  /** Null for a grant that was quarantined before it could be resolved. */
  readonly entitled: Entitled | null;
  /** The effect digest that it landed with. It must still be the same at activation (invariant 7). */
  readonly digest: string | null;
  /** The step that it landed with: its parent and its last commit. */
  readonly step: { readonly parent: string; readonly commit: string };
  readonly landed_at: string;
  /** When it was merged, never after its landing; null where that is not known. */
  readonly merged_at: string | null;
  /** It lapses if it is not activated within this time of its start or merge (invariant 12). */
  readonly activate_within_seconds: number;
  /** How long before its end to announce that; null for never. */
  readonly ending_soon_seconds: number | null;
  /** The end that was announced as near. A different end is announced again. */
  readonly told_end: string | null;
  /** The window in the current file: an extension or a narrowing changes it. */
  readonly window_declared: DeclaredWindow;
  /** Frozen with the intent, before the first call (invariant 12). */
  readonly window: Window | null;
  /** The target's fingerprint when the intent was written (invariant 14). */
  readonly fingerprint: string | null;
  /** What the slot's names stood for then, where names can be reused for something else; null where the names count. */
  readonly pin: string | null;
  /** The other access on the slot before its first live grant, without what others have since removed (invariant 15). */
  readonly baseline: readonly Holding[];
  /** What the identity itself had there before the first call; null where the target cannot say or was not asked. */
  readonly rights: readonly string[] | null;
  /** What is still on its slot after its end, explained by something else (invariant 14). */
  readonly left: readonly Holding[];
  /** What ends it early, once somebody asked for that. */
  readonly revoked_by: {
    readonly why: string;
    readonly who: Who | null;
    /** The same as `why` with its code; missing from entries written before reasons had codes. */
    readonly reasons?: readonly Reason[];
    /** The name that an operator's command was run under, which nothing proves; missing where no command ended it. */
    readonly claimed_by?: string;
    readonly at: string;
  } | null;
  /** Why it would end early, and since when that is held (invariant 7); null where nothing is held. */
  readonly end_held: {
    readonly why: string;
    readonly reasons: readonly Reason[];
    readonly at: string;
  } | null;
  /** Why it was quarantined, refused, or lapsed, in words; empty otherwise. */
  readonly why: readonly string[];
  /** Failed attempts since the last success, the last error, and when to try next. */
  readonly attempts: number;
  readonly error: string | null;
  readonly retry_at: string | null;
  /** When it ended. If access was given or begun, the slot was then seen to hold nothing unexplained. */
  readonly ended_at: string | null;
  /** Sequence number of its newest entry, for optimistic concurrency. */
  readonly version: number;
}

/** The time that a start in the past means (invariant 12): the merge, or the landing where the merge is not known. */
export function mergeOf({ merged_at, landed_at }: GrantRecord): string {
  return merged_at ?? landed_at;
}

/**
 * When access should have ended or should end: at its own end, or when somebody ended it if that was before. Null where
 * nothing is frozen yet and nobody ended it.
 */
export function dueEnd({ revoked_by, window }: GrantRecord): string | null {
  const own = window?.ends_at ?? null;
  if (revoked_by === null) return own;
  return own !== null && own < revoked_by.at ? own : revoked_by.at;
}

/** The words that the file of a grant has now. */
export function wordsNow({ declared, reworded }: GrantRecord): Words {
  const { reason, ticket } = reworded ?? declared;
  return { reason, ticket };
}

/** Access that exists, or is scheduled or begun: other changes on the same path or slot must take it into account. */
export const LIVE_STATES: readonly GrantState[] = ['scheduled', 'activating', 'active'];

/** What somebody may end early: quarantined grants, which have no access, and live ones. */
export const ENDABLE_STATES: readonly GrantState[] = ['requested', ...LIVE_STATES];

/** The live grants whose early end is held. */
export function withHeldEnd(grants: readonly GrantRecord[]): readonly GrantRecord[] {
  return grants.filter(
    ({ end_held, revoked_by, state }) =>
      end_held !== null && revoked_by === null && LIVE_STATES.includes(state),
  );
}

/** Over: ended after it had access, or taken back before. Not those that lapsed or were refused. */
export const OVER_STATES: readonly GrantState[] = ['expired', 'revoked', 'withdrawn'];

/** Access that exists or may exist because an intent was written: it must be taken away and seen to be gone. */
export const BEGUN_STATES = ['activating', 'active'] as const satisfies readonly GrantState[];
export type BegunState = (typeof BEGUN_STATES)[number];

export function begun(state: GrantState): state is BegunState {
  const states: readonly GrantState[] = BEGUN_STATES;
  return states.includes(state);
}
