/**
 * A window as its author declared it. Exactly one of `duration_seconds` and `expires_at` is set
 * (invariant 12). Timestamps are RFC 3339 in UTC with milliseconds, as `Date.toISOString` writes them.
 */
export interface DeclaredWindow {
  readonly starts_at: string | null;
  readonly duration_seconds: number | null;
  readonly expires_at: string | null;
}

/** A frozen half-open window `[starts_at, ends_at)`, RFC 3339 in UTC. */
export interface Window {
  readonly starts_at: string;
  readonly ends_at: string;
}
