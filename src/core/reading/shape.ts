import { z } from 'zod';
import { parseDuration } from './duration.js';
import type { NamePattern } from './names.js';
import { quote, someOf, type Problem } from './problem.js';
import type { GrantKey, ReasonCode } from './reason.js';
import { MOST_PROBLEMS, type YamlFile } from './strict-yaml.js';

/*
 * Schemas for what the strict YAML reader gives: mappings, lists and text. The message of each says what is
 * allowed there; `checkShape` says what was found and where.
 */

/** A mapping with these keys and no other. */
export function mapping<T extends z.ZodRawShape>(shape: T) {
  return z.strictObject(shape, {
    error: `a mapping with the keys ${Object.keys(shape).join(', ')}`,
  });
}

/** A mapping whose keys are names. */
export function named<T extends z.ZodType>(key: NamePattern, value: T) {
  const keys = z.string().regex(key.pattern, { error: key.allowed });
  return z.record(keys, value, { error: `a mapping with keys of ${key.allowed}` });
}

/** A list of so many items, each of them once. */
export function listOf<T extends z.ZodType>(item: T, allowed: string, least: number, most: number) {
  const once = (items: unknown[]) => new Set(items).size === items.length;
  return z
    .array(item, { error: allowed })
    .min(least, { error: allowed })
    .max(most, { error: allowed })
    .refine(once, { error: `${allowed}, each of them once` });
}

/** A name of such a pattern. */
export function name({ pattern, allowed }: NamePattern) {
  return z.string({ error: allowed }).regex(pattern, { error: allowed });
}

/** Text that is not empty; at most so many characters. Spaces around it do not count. */
export function textOf(longest: number, options: { readonly lines: boolean }) {
  const allowed = `${options.lines ? 'text' : 'one line of text'} of 1 to ${longest} characters`;
  return z
    .string({ error: allowed })
    .trim()
    .refine((text) => text !== '' && Array.from(text).length <= longest, { error: allowed })
    .refine((text) => options.lines || !text.includes('\n'), { error: allowed });
}

/** Text as written, for another parser. */
export function text(allowed: string) {
  return z.string({ error: allowed });
}

/** One of some words. */
export function word<const T extends readonly [string, ...string[]]>(words: T) {
  return z.enum(words, { error: words.join(' or ') });
}

/** `true` or `false`, as the strict reader gives them: as text. */
export function yesNo() {
  return word(['true', 'false']).transform((text) => text === 'true');
}

/** A whole number from `least` to `most`. */
export function whole(least: number, most: number) {
  const allowed = `a whole number from ${least} to ${most}`;
  return z
    .string({ error: allowed })
    .regex(/^(0|[1-9]\d{0,15})$/, { error: allowed })
    .transform(Number)
    .refine((number) => number >= least && number <= most, { error: allowed });
}

/** A decimal number above 0 and up to 1. */
export function share() {
  const allowed = 'a number above 0 and up to 1';
  return z
    .string({ error: allowed })
    .regex(/^(0\.\d{1,6}|1(\.0{1,6})?)$/, { error: allowed })
    .transform(Number)
    .refine((number) => number > 0, { error: allowed });
}

/** A duration, as seconds. */
export function seconds() {
  return z.string({ error: 'a duration as 8h' }).transform((text, context) => {
    const parsed = parseDuration(text);
    if (parsed.ok) return parsed.seconds;
    context.addIssue({ code: 'custom', message: parsed.why, params: { says: 'not_a_duration' } });
    return z.NEVER;
  });
}

/**
 * Holds a file to a schema; all problems, each with its line. `value` is null where there is one. `keyOf` gives the key
 * of a grant file that a place in it belongs to.
 */
export function checkShape<T>(
  path: string,
  file: YamlFile,
  schema: z.ZodType<T>,
  keyOf: (at: readonly PropertyKey[]) => { readonly key?: GrantKey } = () => ({}),
): { readonly value: T | null; readonly problems: readonly Problem[] } {
  const parsed = schema.safeParse(file.tree, { reportInput: true });
  if (parsed.success) return { value: parsed.data, problems: [] };
  const problems = parsed.error.issues.slice(0, MOST_PROBLEMS).flatMap((issue) => {
    const unknown = issue.code === 'unrecognized_keys' ? issue.keys : null;
    const about = keyOf(issue.path);
    if (!unknown) {
      const { path: at } = issue;
      return [{ path, line: file.lineOf(at), code: codeOf(issue), ...about, message: told(issue) }];
    }
    return unknown.slice(0, MOST_PROBLEMS).map((key) => ({
      path,
      line: file.lineOf([...issue.path, key]),
      code: 'unknown_key' as const,
      ...about,
      message: `${where(issue.path)}found the key ${quote(key)}; allowed is ${issue.message}`,
    }));
  });
  return { value: null, problems };
}

/** Keys as a person would point at them: `roles.read-only: `. */
export function where(keys: readonly PropertyKey[]): string {
  return keys.length === 0 ? '' : `${keys.map(shownKey).join('.')}: `;
}

function shownKey(key: PropertyKey): string {
  const text = typeof key === 'number' ? String(key + 1) : String(key);
  return /^[\w.-]{1,64}$/.test(text) ? text : quote(text);
}

function codeOf(issue: z.core.$ZodIssue): ReasonCode {
  if (isOfDuration(issue)) return 'not_a_duration';
  if (issue.code === 'invalid_key') return 'unknown_key';
  return issue.input === undefined ? 'missing_key' : 'wrong_value';
}

/** The words for a duration say what was found as well. */
function isOfDuration(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'custom' && issue.params?.['says'] === 'not_a_duration';
}

function told(issue: z.core.$ZodIssue): string {
  const at = where(issue.path);
  if (isOfDuration(issue)) return `${at}${issue.message}`;
  if (issue.code === 'invalid_key') {
    return `${at}found ${quote(String(issue.input))} as a key; allowed is ${issue.issues[0]?.message ?? ''}`;
  }
  if (issue.input === undefined) return `${at}is missing; needed is ${issue.message}`;
  return `${at}found ${shown(issue.input)}; allowed is ${issue.message}`;
}

function shown(found: unknown): string {
  if (typeof found === 'string') return found === '' ? 'nothing' : quote(found);
  if (typeof found === 'number') return quote(String(found));
  return Array.isArray(found) ? 'a list' : 'a mapping';
}

/** What of a mapping does not have a shape, in words, each naming its key; nothing where it has. */
export function wrongIn(shape: z.ZodObject, value: unknown): readonly string[] {
  const parsed = shape.safeParse(value, { reportInput: true });
  return (parsed.error?.issues ?? []).map((issue) => {
    if (issue.code === 'unrecognized_keys') {
      const keys = someOf(Object.keys(shape.shape));
      return `found ${issue.keys.map(quote).join(', ')}; allowed are the keys ${keys}`;
    }
    return `${where(issue.path)}${issue.input === undefined ? 'is missing; it ' : ''}${issue.message}`;
  });
}
