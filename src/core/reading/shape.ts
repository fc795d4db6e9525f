import { z } from 'zod';
import { parseDuration } from './duration.js';
import type { NamePattern } from './names.js';
import { quote, someOf, type Problem } from './problem.js';
import type { GrantKey, ReasonCode } from './reason.js';
import { MOST_PROBLEMS, type YamlFile } from './strict-yaml.js';

/*
 * Schemas for what the strict YAML reader returns: mappings, lists and text. The message of each says what is
 * allowed; `checkShape` adds what was found and where.
 */

/** A mapping with these keys and no others. */
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

/** A list of `least` to `most` items without duplicates. */
export function listOf<T extends z.ZodType>(item: T, allowed: string, least: number, most: number) {
  const once = (items: unknown[]) => new Set(items).size === items.length;
  return z
    .array(item, { error: allowed })
    .min(least, { error: allowed })
    .max(most, { error: allowed })
    .refine(once, { error: `${allowed}, each only once` });
}

/** A name that matches a pattern. */
export function name({ pattern, allowed }: NamePattern) {
  return z.string({ error: allowed }).regex(pattern, { error: allowed });
}

/** Text of 1 to `longest` characters. Spaces around it do not count. */
export function textOf(longest: number, options: { readonly lines: boolean }) {
  const allowed = `${options.lines ? 'text' : 'one line of text'} of 1 to ${longest} characters`;
  return z
    .string({ error: allowed })
    .trim()
    .refine((text) => text !== '' && Array.from(text).length <= longest, { error: allowed })
    .refine((text) => options.lines || !text.includes('\n'), { error: allowed });
}

/** Text as it was written, for another parser to read. */
export function text(allowed: string) {
  return z.string({ error: allowed });
}

/** One of some words. */
export function word<const T extends readonly [string, ...string[]]>(words: T) {
  return z.enum(words, { error: words.join(' or ') });
}

/** One of some words, or something larger with a schema of its own, whose problems are told where they are. */
export function wordOr<const W extends readonly [string, ...string[]], T extends z.ZodType>(
  words: W,
  larger: T,
  allowed: string,
) {
  const word = z.enum(words, { error: allowed });
  return z.unknown().transform((found, context): W[number] | z.output<T> => {
    const isMapping = typeof found === 'object' && !Array.isArray(found);
    const parsed = (isMapping ? larger : word).safeParse(found, { reportInput: true });
    if (parsed.success) return parsed.data;
    context.issues.push(...(parsed.error.issues as z.core.$ZodRawIssue[]));
    return z.NEVER;
  });
}

/** `true` or `false`, which the strict reader returns as text. */
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
  return z.string({ error: 'a duration such as 8h' }).transform((text, context) => {
    const parsed = parseDuration(text);
    if (parsed.ok) return parsed.seconds;
    context.addIssue({ code: 'custom', message: parsed.why, params: { says: 'not_a_duration' } });
    return z.NEVER;
  });
}

/**
 * Checks a file against a schema and returns every problem with its line. `value` is null where there is a problem.
 * `keyOf` returns the key of a grant file that a place in the file belongs to.
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
      message: `${where(issue.path)}the key ${quote(key)} is not allowed. Use ${issue.message}.`,
    }));
  });
  return { value: null, problems };
}

/** Keys in the form people use to point at them: `roles.read-only: `. */
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

/** The message about a duration already quotes what was found. */
function isOfDuration(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'custom' && issue.params?.['says'] === 'not_a_duration';
}

function told(issue: z.core.$ZodIssue): string {
  const at = where(issue.path);
  if (isOfDuration(issue)) return `${at}${issue.message}`;
  if (issue.code === 'invalid_key') {
    return `${at}the key ${quote(String(issue.input))} is not allowed. Use ${issue.issues[0]?.message ?? ''}.`;
  }
  if (issue.input === undefined) return `${at}is missing. Use ${issue.message}.`;
  return `${at}${shown(issue.input)} is not allowed. Use ${issue.message}.`;
}

function shown(found: unknown): string {
  if (typeof found === 'string') return found === '' ? 'an empty value' : quote(found);
  if (typeof found === 'number') return quote(String(found));
  return Array.isArray(found) ? 'a list' : 'a mapping';
}

/** How a mapping differs from a shape, in words that name the key; empty where it does not. */
export function wrongIn(shape: z.ZodObject, value: unknown): readonly string[] {
  const parsed = shape.safeParse(value, { reportInput: true });
  return (parsed.error?.issues ?? []).map((issue) => {
    if (issue.code === 'unrecognized_keys') {
      const keys = someOf(Object.keys(shape.shape));
      const are = issue.keys.length === 1 ? 'is not a known key' : 'are not known keys';
      return `${issue.keys.map(quote).join(', ')} ${are}. The keys are ${keys}.`;
    }
    return `${where(issue.path)}${issue.input === undefined ? 'is missing; it ' : ''}${issue.message}`;
  });
}
