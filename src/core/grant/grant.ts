import { checkGrantPath, environmentOf } from './path.js';
import { GRANT_BYTES, readText, type GitFile } from './file.js';
import { ACTION, LOGIN, SLUG } from '../reading/names.js';
import { byLine, own, type Parsed, type Problem } from '../reading/problem.js';
import { GRANT_KEYS, type GrantKey } from '../reading/reason.js';
import { checkShape, listOf, mapping, name, textOf, text, yesNo } from '../reading/shape.js';
import { readYaml, type Tree, type YamlFile } from '../reading/strict-yaml.js';
import { declareWindow, type DeclaredWindow } from './window.js';
import type { z } from 'zod';

/** What narrows a role when it is used. Having no scope is the widest (invariant 8). */
export interface Scope {
  readonly actions: readonly string[];
}

/** Why access is asked for, in words for people. */
export interface Words {
  readonly reason: string;
  readonly ticket: string | null;
}

/** Whether two say the same. */
export function sameWords(one: Words, other: Words): boolean {
  return one.reason === other.reason && one.ticket === other.ticket;
}

/** The content of one grant file `access-grants/<environment>/<slug>.yml`, validated and normalised. */
export interface DeclaredGrant extends Words {
  readonly path: string;
  readonly environment: string;
  /** A GitHub login, in the case of the file. */
  readonly subject: string;
  readonly resource: string;
  readonly role: string;
  readonly window: DeclaredWindow;
  readonly scope: Scope | null;
  readonly break_glass: boolean;
  /** The line of each top-level key, counted from 1, for annotations. */
  readonly lines: Readonly<Record<string, number>>;
}

/** What can be read of a grant file that has problems; null where a key is missing or wrong. */
export type PartialGrant = Pick<DeclaredGrant, 'path' | 'lines'> & {
  readonly [Key in 'environment' | 'subject' | 'resource' | 'role' | 'scope' | 'window']:
    DeclaredGrant[Key] | null;
};

/** A grant file that was read, or every problem in it with what can be read all the same. */
export type ReadGrant =
  | { readonly ok: true; readonly value: DeclaredGrant }
  | {
      readonly ok: false;
      readonly problems: readonly Problem[];
      /** Null where the file is no YAML mapping. */
      readonly part: PartialGrant | null;
    };

/**
 * The most grants that one pull request or step may change. Each is judged and recorded together with all others, so
 * what is written grows with the square of their number.
 */
export const MOST_GRANTS = 100;

/** Twice what a file with all keys, fifty actions and a hundred lines of comment has. */
const GRANT_TOKENS = 2_000;

const GRANT = mapping({
  subject: name(LOGIN),
  resource: name(SLUG),
  role: name(SLUG),
  duration: text('a duration such as 4h').optional(),
  expires_at: text('a date and time with its offset, such as 2026-11-24T21:00:00Z').optional(),
  starts_at: text('a date and time with its offset, such as 2026-11-24T17:00:00Z').optional(),
  reason: textOf(500, { lines: true }),
  ticket: textOf(100, { lines: false }).optional(),
  scope: mapping({ actions: listOf(name(ACTION), 'a list of 1 to 50 actions', 1, 50) }).optional(),
  break_glass: yesNo().optional(),
} satisfies Readonly<Record<GrantKey, unknown>>);

/**
 * Reads a grant file by its path, mode and content. Returns the grant, or every problem with its line. Lines may end in
 * CR LF. Never throws.
 */
export function parseGrant(path: string, version: GitFile): ReadGrant {
  const ofPath = checkGrantPath(path);
  const problems: Problem[] = [...ofPath];
  const read = readText(path, version);
  if (!read.ok) return { ok: false, problems: [...problems, ...read.problems], part: null };

  const { file, problems: yaml } = readYaml(path, read.value, GRANT_TOKENS);
  problems.push(...yaml);
  if (!file) return { ok: false, problems, part: null };

  const shape = checkShape(path, file, GRANT, keyOf);
  const declared = windowOf(path, file);
  problems.push(...shape.problems, ...(declared.ok ? [] : declared.problems));
  const { value } = shape;
  if (problems.length > 0 || !value || !declared.ok) {
    return {
      ok: false,
      problems: problems.toSorted(byLine),
      part: {
        ...partOf(path, file),
        environment: ofPath.length > 0 ? null : environmentOf(path),
        window: declared.ok ? declared.value : null,
      },
    };
  }

  const grant: DeclaredGrant = {
    path,
    environment: environmentOf(path),
    subject: value.subject,
    resource: value.resource,
    role: value.role,
    window: declared.value,
    reason: value.reason,
    ticket: value.ticket ?? null,
    scope: value.scope ? { actions: value.scope.actions.toSorted() } : null,
    break_glass: value.break_glass ?? false,
    lines: linesOf(file),
  };
  return { ok: true, value: grant };
}

function partOf(path: string, file: YamlFile): Omit<PartialGrant, 'environment' | 'window'> {
  const { subject, resource, role, scope } = GRANT.shape;
  const read = <T>(key: GrantKey, shape: z.ZodType<T>): T | null =>
    shape.safeParse(topLevel(file.tree, key)).data ?? null;
  return {
    path,
    subject: read('subject', subject),
    resource: read('resource', resource),
    role: read('role', role),
    scope: read('scope', scope) ?? null,
    lines: linesOf(file),
  };
}

function linesOf(file: YamlFile): DeclaredGrant['lines'] {
  const keys = typeof file.tree === 'string' || isList(file.tree) ? [] : Object.keys(file.tree);
  return Object.fromEntries(keys.map((key) => [key, file.lineOf([key])]));
}

function keyOf([first]: readonly PropertyKey[]): { readonly key?: GrantKey } {
  const key = GRANT_KEYS.find((one) => one === first);
  return key === undefined ? {} : { key };
}

/**
 * The login that a grant file names, for looking it up; null where it cannot be a GitHub login. Tolerates whatever else
 * is wrong with the file. Never throws.
 */
export function subjectOf(bytes: Uint8Array): string | null {
  return named(bytes, 'subject', LOGIN.pattern);
}

/** The resource that a grant file names, under the same rules as `subjectOf`. */
export function resourceNamed(bytes: Uint8Array): string | null {
  return named(bytes, 'resource', SLUG.pattern);
}

function named(bytes: Uint8Array, key: string, pattern: RegExp): string | null {
  if (bytes.length > GRANT_BYTES) return null;
  const { file } = readYaml('', new TextDecoder().decode(bytes), GRANT_TOKENS);
  const value = file ? topLevel(file.tree, key) : undefined;
  return typeof value === 'string' && pattern.test(value) ? value : null;
}

function topLevel(tree: Tree, key: string): Tree | undefined {
  return typeof tree === 'string' || isList(tree) ? undefined : own(tree, key);
}

function isList(tree: Tree): tree is readonly Tree[] {
  return Array.isArray(tree);
}

function windowOf(path: string, file: YamlFile): Parsed<DeclaredWindow> {
  const written: Record<string, string> = {};
  for (const key of ['duration', 'expires_at', 'starts_at']) {
    const value = topLevel(file.tree, key);
    if (typeof value === 'string') written[key] = value;
    // It is not text, which `checkShape` reports.
    else if (value !== undefined) return { ok: false, problems: [] };
  }
  if (typeof file.tree === 'string' || isList(file.tree)) return { ok: false, problems: [] };
  const declared = declareWindow(written);
  if (declared.ok) return { ok: true, value: declared.window };
  const problems = declared.problems.map(({ code, key, message }) => ({
    path,
    line: file.lineOf([key]),
    code,
    key,
    message: `${key}: ${message}`,
  }));
  return { ok: false, problems };
}
