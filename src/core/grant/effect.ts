import type { AtUse } from './at-use.js';
import { fingerprint } from '../reading/canonical.js';
import type { Scope, Words } from './grant.js';
import type { DeclaredWindow } from './window.js';

/** The kinds of change that policy is asked about. */
export type AskedKind = 'added' | 'extended' | 'narrowed' | 'withdrawn';
/** What a change does to a grant. `reworded` gives and takes nothing, and needs nobody (invariant 8). */
export type ChangeKind = AskedKind | 'reworded';
export type NativeExpiry = 'full' | 'new_sessions' | 'none';

/** Whether a change gives less access, which takes effect however it lands (invariant 7). */
export function less({ kind }: { readonly kind: ChangeKind }): boolean {
  return kind === 'withdrawn' || kind === 'narrowed';
}

/** Where access exists in a target, computed by its provider: one object and one identity there. */
export interface SlotName {
  readonly provider: string;
  /** The target's name in the catalog. Once it is connected to, ledger rows hold its fingerprint as well. */
  readonly target: string;
  readonly object: string;
  readonly identity: string;
}

/** What a grant gives according to catalog, identities and provider: all that ending it needs. */
export interface Entitled {
  readonly slot: SlotName;
  /** The provider's word for how much access; levels on one slot are joined by the provider. */
  readonly level: string;
  readonly entitlement: Readonly<Record<string, unknown>>;
  readonly risk: 'normal' | 'high';
  readonly native_expiry: NativeExpiry;
  /** Whether the target holds the access to the scope. */
  readonly enforces_scope: boolean;
  /**
   * The enforcement points that hold it to the scope at use, where the target does not; missing where the target does, or
   * there is no scope.
   */
  readonly scope_points?: readonly string[];
  readonly ends_sessions: boolean;
  /** The catalog asks that open sessions outlive the grant; reviewers are told. */
  readonly keep_sessions: boolean;
  /** The catalog says that what is done with it can outlive the grant. Missing from what was resolved before this existed. */
  readonly leaves_traces?: boolean;
  /** What it allows at use; missing where that is nothing. */
  readonly at_use?: AtUse;
}

/** Everything that an approval is bound to: what is given, and the words that it is asked for with (invariant 5). */
export interface Effect extends Words {
  readonly path: string;
  readonly environment: string;
  readonly kind: ChangeKind;
  readonly from: { readonly grant: string; readonly window: DeclaredWindow } | null;
  readonly subject_id: number;
  readonly provider: string;
  readonly target: string;
  readonly identity: string;
  readonly entitlement: Readonly<Record<string, unknown>>;
  readonly role: string;
  readonly risk: 'normal' | 'high';
  readonly native_expiry: NativeExpiry;
  readonly window: DeclaredWindow;
  readonly scope: Scope | null;
  /** In the target the whole role holds; missing where there is no scope, or the target holds it. */
  readonly scope_held?: 'at_use';
  readonly break_glass: boolean;
  readonly at_use?: AtUse;
}

/**
 * The fingerprint of what one change would do, which approvals are bound to (invariant 5): its version, `v2:`, and SHA-256
 * in hex over the canonical JSON (RFC 8785) of the effect.
 */
export function effectDigest(effect: Effect): string {
  return `v2:${fingerprint(effect)}`;
}

/**
 * The fingerprint of the access alone, without the words: the first version of the effect digest, which had no prefix.
 * What was recorded under it is compared under it.
 */
export function accessDigest({ reason: _reason, ticket: _ticket, ...access }: Effect): string {
  return fingerprint(access);
}

/** Whether a recorded digest, of whatever version, is that of an effect. */
export function isDigestOf(effect: Effect, recorded: string | null): boolean {
  return recorded === effectDigest(effect) || recorded === accessDigest(effect);
}
