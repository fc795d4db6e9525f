import type { DeclaredWindow } from './window.js';

/** What narrows a role at use. No scope at all is the largest (invariant 8). */
export interface Scope {
  readonly actions: readonly string[];
}

/** The content of one grant file `access-grants/<environment>/<slug>.yml`, validated and normalised. */
export interface DeclaredGrant {
  readonly path: string;
  readonly environment: string;
  /** A GitHub login, as written. */
  readonly subject: string;
  readonly resource: string;
  readonly role: string;
  readonly window: DeclaredWindow;
  readonly reason: string;
  readonly ticket: string | null;
  readonly scope: Scope | null;
  readonly break_glass: boolean;
  /** The line of each top-level key, counted from 1, for annotations. */
  readonly lines: Readonly<Record<string, number>>;
}
