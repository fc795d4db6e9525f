import {
  Composer,
  LineCounter,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type YAMLMap,
} from 'yaml';
import { UNPRINTABLE, codePoint, printable, quote, type Problem } from './problem.js';
import type { ReasonCode } from './reason.js';
import { readTokens, type Tokens } from './strict-yaml-tokens.js';

/** A YAML value with every scalar as the text that was written. */
export type Tree = string | readonly Tree[] | { readonly [key: string]: Tree };

/** More problems of one file than this are not told; a check run shows 50. */
export const MOST_PROBLEMS = 50;

/** The library stumbles a line before the one that is in the wrong place. */
const INDENTED = '. Is this line, or the one below, indented too far?';

/** A YAML file as read: its tree, and where things stand in it. */
export interface YamlFile {
  readonly tree: Tree;
  /** The line, counted from 1, of the deepest of these keys that the file has. */
  readonly lineOf: (keys: readonly PropertyKey[]) => number;
  /**
   * The value at these keys with unquoted `true`, `false`, `null` and whole numbers as such, for those
   * who bring their own schema.
   */
  readonly typed: (keys: readonly PropertyKey[]) => unknown;
}

/**
 * Reads one YAML 1.2 document strictly: no aliases, anchors, tags, directives, duplicate keys, keys that are
 * not words, nor control characters. Scalars stay text, so that `yes` and `012` are what they look like.
 * Gives all problems; `file` is null where the text is no YAML at all, or has more than `most_tokens`. Never throws.
 */
export function readYaml(
  path: string,
  text: string,
  most_tokens: number,
): { readonly file: YamlFile | null; readonly problems: readonly Problem[] } {
  const normal = text.replaceAll('\r\n', '\n');
  const lines = normal.replace(/\n$/, '').split('\n');
  const counter = new LineCounter();
  const line = (offset: number) =>
    Math.min(lines.length, Math.max(1, counter.linePos(offset).line));
  const problems: Problem[] = [];
  const told = new Set<string>();
  const say = (offset: number, code: ReasonCode, message: string, once = message) => {
    const at = line(offset);
    const key = `${at} ${once}`;
    if (told.has(key) || problems.length === MOST_PROBLEMS) return;
    told.add(key);
    problems.push({ path, line: at, code, message });
  };

  const tokens = readTokens(normal, counter, most_tokens);
  if (!tokens) {
    const message = tooMany(most_tokens);
    return { file: null, problems: [{ path, line: null, code: 'too_large', message }] };
  }
  const control = UNPRINTABLE.exec(normal);
  if (control) say(control.index, 'not_plain_yaml', unprintable(control[0]));
  if (tokens.too_deep !== null) {
    const deep = 'found lists or mappings nested too deep; 20 levels are allowed';
    say(tokens.too_deep, 'not_plain_yaml', deep);
    return { file: null, problems };
  }
  for (const { what, offset, source } of tokens.refused.slice(0, MOST_PROBLEMS)) {
    const found = `found ${what}, ${quote(source)}`;
    say(offset, 'not_plain_yaml', `${found}; plain values are allowed`);
  }
  const documents = compose(tokens, normal.length);
  const [document, second] = documents;
  const errors = documents.flatMap(({ errors }) => errors);
  // The first of each line: the others follow from it, and may be as many as the line has characters.
  const first = new Map(errors.toReversed().map((error) => [line(error.pos[0]), error]));
  for (const { pos, message, code } of [...first.values()].toReversed().slice(0, MOST_PROBLEMS)) {
    const found = quote(lines[line(pos[0]) - 1] ?? '');
    // The message of the library may hold what it stumbled over, as it was, lines and all.
    const why = printable(message.slice(0, 120)).replace(/\s+/gu, ' ').trim();
    const hint = code === 'BLOCK_AS_IMPLICIT_KEY' ? INDENTED : '';
    say(pos[0], 'not_yaml', `found ${found}; this is not YAML: ${why}${hint}`, 'not YAML');
  }
  if (second) say(second.range[0], 'not_plain_yaml', 'found a second document; one is allowed');
  const root = document?.contents;
  if (!root) {
    say(0, 'not_yaml', 'found an empty file; a mapping of keys to values is allowed');
    return { file: null, problems };
  }
  if (errors.length > 0) return { file: null, problems };
  const file = {
    tree: treeOf(root, say),
    lineOf: (keys: readonly PropertyKey[]) => line(offsetOf(root, keys)),
    typed: (keys: readonly PropertyKey[]) => typedOf(nodeAt(root, keys)),
  };
  return { file, problems };
}

/** What is said of a file, or of files together, with more than so many tokens. */
export function tooMany(most_tokens: number): string {
  const most = most_tokens.toLocaleString('en');
  return `found more than ${most} words, signs and line breaks; at most ${most} are allowed`;
}

/** Nobody reads the traces of its errors, which cost more than all the rest: a text may have one for each sign. */
function compose({ documents }: Tokens, length: number) {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    const composer = new Composer({
      schema: 'failsafe',
      version: '1.2',
      strict: true,
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: 'silent',
    });
    // A second document is told; what comes after it would be told no more.
    const third = documents.filter(({ type }) => type === 'document')[2];
    const some = third ? documents.slice(0, documents.indexOf(third)) : documents;
    return [...composer.compose(some, false, length)];
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function unprintable(character: string): string {
  const name = character === '\t' ? 'a tab' : `the character ${codePoint(character)}`;
  return `found ${name}; printable characters, spaces and line breaks are allowed`;
}

type Say = (offset: number, code: ReasonCode, message: string) => void;

const offset = (node: unknown): number => (node as Node | null)?.range?.[0] ?? 0;

function treeOf(node: unknown, say: Say): Tree {
  if (isMap(node)) return mappingOf(node, say);
  if (isSeq(node)) return node.items.map((item) => treeOf(item, say));
  // Refused already; what it points at is not looked for.
  if (isAlias(node)) return `*${node.source}`;
  const value = isScalar(node) && typeof node.value === 'string' ? node.value : '';
  const control = UNPRINTABLE.exec(value);
  // Of an escape such as "\u0007" the text itself shows nothing.
  if (control) say(offset(node), 'not_plain_yaml', unprintable(control[0]));
  return value;
}

function mappingOf(node: YAMLMap, say: Say): Tree {
  const mapping: Record<string, Tree> = {};
  for (const { key, value } of node.items) {
    const at = key ? offset(key) : offset(node);
    if (!isScalar(key) || typeof key.value !== 'string' || key.value === '__proto__') {
      say(at, 'not_plain_yaml', `found the key ${quote(String(key))}; words are allowed as keys`);
    } else if (Object.hasOwn(mapping, key.value)) {
      say(at, 'repeated', `found the key ${quote(key.value)} again; each key is allowed once`);
    } else {
      mapping[key.value] = treeOf(value, say);
    }
  }
  return mapping;
}

function pairAt(node: unknown, key: PropertyKey | undefined) {
  return isMap(node)
    ? node.items.find((pair) => isScalar(pair.key) && pair.key.value === key)
    : undefined;
}

function nodeAt(root: unknown, keys: readonly PropertyKey[]): unknown {
  return keys.reduce<unknown>(
    (node, key) => (isSeq(node) ? node.items[Number(key)] : pairAt(node, key)?.value),
    root,
  );
}

function offsetOf(root: unknown, keys: readonly PropertyKey[]): number {
  for (let length = keys.length; length > 0; length -= 1) {
    const parent = nodeAt(root, keys.slice(0, length - 1));
    const key = keys[length - 1];
    const found = isSeq(parent) ? parent.items[Number(key)] : pairAt(parent, key)?.key;
    if (found) return offset(found);
  }
  return offset(root);
}

const WORDS: Readonly<Record<string, unknown>> = {
  true: true,
  false: false,
  null: null,
  '~': null,
  '': null,
};

function typedOf(node: unknown): unknown {
  if (isMap(node)) {
    return Object.fromEntries(node.items.map(({ key, value }) => [String(key), typedOf(value)]));
  }
  if (isSeq(node)) return node.items.map(typedOf);
  if (!isScalar(node) || typeof node.value !== 'string') return null;
  if (node.type !== 'PLAIN') return node.value;
  if (Object.hasOwn(WORDS, node.value)) return WORDS[node.value];
  const whole = /^-?(0|[1-9]\d{0,14})$/.test(node.value);
  return whole ? Number(node.value) : node.value;
}
