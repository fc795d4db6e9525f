/** Something wrong in a file, told so that its author can mend it: what was found, where, what is allowed. */
export interface Problem {
  /** Path from the repository's root. */
  readonly path: string;
  /** Line, counted from 1; null when the whole file is meant. */
  readonly line: number | null;
  readonly message: string;
}

/** A parsed value, or every problem that kept it from being one. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] };
