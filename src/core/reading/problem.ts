import { reasonWithName, type Reason } from './reason.js';
import { visibleLines } from './visible.js';

/** Something wrong in a file, so that its author can fix it: where, what was found, what is allowed. */
export interface Problem extends Reason {
  /** Path from the repository's root. */
  readonly path: string;
  /** Line, counted from 1; null for the whole file. */
  readonly line: number | null;
}

/** `path:line: message`, which editors understand. */
export function placed({ path, line, message }: Omit<Problem, 'code'>): string {
  return line === null ? `${path}: ${message}` : `${path}:${line}: ${message}`;
}

/** A problem for people to fix: `path:line: message (code)`, with the rule of the policy if one denies it. */
export function problemInWords(problem: Problem): string {
  return placed({ ...problem, message: reasonWithName(problem) });
}

/** The order of the problems of one file; those of the whole file come first. */
export const byLine = (one: Problem, other: Problem): number => (one.line ?? 0) - (other.line ?? 0);

/** A parsed value, or every problem that was found instead. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Characters that no file may contain: controls, lone surrogates, and whatever makes text look different from what it is
 * (bidirectional controls, other line separators, byte order marks). A line feed is allowed. What else is invisible is
 * allowed, because scripts and emoji need it, and is written out where it is shown (`visible`).
 */
export const UNPRINTABLE = /(?!\n)[\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029\ufeff]/u;
const QUOTED_LENGTH = 80;

/** A found text for a message: in double quotes, cut to 80 characters, what people would not see written out. */
export function quote(found: string): string {
  // Cut first: the text may be a whole file.
  const characters = Array.from(found.slice(0, 2 * QUOTED_LENGTH + 2));
  const cut =
    characters.length > QUOTED_LENGTH
      ? `${characters.slice(0, QUOTED_LENGTH - 1).join('')}…`
      : found;
  return JSON.stringify(visibleLines(cut));
}

const MOST_NAMES = 20;

/** Allowed names for a message, cut to a number that people read. */
export function someOf(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return names.slice(0, MOST_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** The value of a record's own key, never an inherited property such as `constructor`. */
export function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** `1 problem`, `2 problems`. */
export function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}
