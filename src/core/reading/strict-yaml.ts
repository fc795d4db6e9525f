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
import { UNPRINTABLE, quote, type Problem } from './problem.js';
import type { ReasonCode } from './reason.js';
import { readTokens, type Tokens } from './strict-yaml-tokens.js';
import { codePoint, visibleLines } from './visible.js';

/** A YAML value in which every scalar is the text that was written. */
export type Tree = string | readonly Tree[] | { readonly [key: string]: Tree };

/** The most problems that are reported for one file; a check run shows 50. */
export const MOST_PROBLEMS = 50;

/** The library reports the line before the one that is in the wrong place. */
const INDENTED = '. Is this line, or the one below, indented too far?';

/** A YAML file: its tree, and where in the file things are. */
export interface YamlFile {
  readonly tree: Tree;
  /** The line, counted from 1, of the deepest of these keys that exists in the file. */
  readonly lineOf: (keys: readonly PropertyKey[]) => number;
  /**
   * The value at these keys, with unquoted `true`, `false`, `null` and whole numbers as typed values, for callers
   * with a schema of their own.
   */
  readonly typed: (keys: readonly PropertyKey[]) => unknown;
}

/**
 * Reads one YAML 1.2 document strictly: no aliases, anchors, tags, directives, duplicate keys, keys that are
 * not words, or control characters. Scalars stay text, so `yes` and `012` are what they look like. Returns all
 * problems; `file` is null where the text is not YAML at all or has more than `most_tokens`. Never throws.
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
    const message = tooMany('the file has', most_tokens);
    return { file: null, problems: [{ path, line: null, code: 'too_large', message }] };
  }
  const control = UNPRINTABLE.exec(normal);
  if (control) say(control.index, 'not_plain_yaml', unprintable(control[0]));
  if (tokens.too_deep !== null) {
    const deep = 'lists or mappings are nested too deeply. At most 20 levels are allowed.';
    say(tokens.too_deep, 'not_plain_yaml', deep);
    return { file: null, problems };
  }
  for (const { what, offset, source } of tokens.refused.slice(0, MOST_PROBLEMS)) {
    const message = `${what} is not allowed: ${quote(source)}. Use a plain value.`;
    say(offset, 'not_plain_yaml', message);
  }
  const documents = compose(tokens, normal.length);
  const [document, second] = documents;
  const errors = documents.flatMap(({ errors }) => errors);
  // Only the first error of each line: the others follow from it, and there may be one for each character.
  const first = new Map(errors.toReversed().map((error) => [line(error.pos[0]), error]));
  for (const { pos, message, code } of [...first.values()].toReversed().slice(0, MOST_PROBLEMS)) {
    const found = quote(lines[line(pos[0]) - 1] ?? '');
    // The library's message may quote what it stumbled over, with line breaks and all.
    const why = visibleLines(message.slice(0, 120)).replace(/\s+/gu, ' ').trim();
    const hint = code === 'BLOCK_AS_IMPLICIT_KEY' ? INDENTED : '';
    say(pos[0], 'not_yaml', `${found} is not YAML: ${why}${hint}`, 'not YAML');
  }
  if (second)
    say(
      second.range[0],
      'not_plain_yaml',
      'a second YAML document starts here. Use one document per file.',
    );
  const root = document?.contents;
  if (!root) {
    say(0, 'not_yaml', 'the file is empty. Write a mapping of keys to values.');
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

/** The message about too many tokens; `what` names the file or files, such as `the file has`. */
export function tooMany(what: string, most_tokens: number): string {
  const most = most_tokens.toLocaleString('en');
  return `${what} more than ${most} words, signs and line breaks, which is the most allowed`;
}

/** Composes without stack traces: nobody reads them, they cost more than all the rest, and each sign may cause one. */
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
    // A second document is reported; later ones would not be.
    const third = documents.filter(({ type }) => type === 'document')[2];
    const some = third ? documents.slice(0, documents.indexOf(third)) : documents;
    return [...composer.compose(some, false, length)];
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function unprintable(character: string): string {
  const name = character === '\t' ? 'a tab' : `the character ${codePoint(character)}`;
  return `${name} is not allowed. Use printable characters, spaces and line breaks.`;
}

type SayAt = (offset: number, code: ReasonCode, message: string) => void;

const offset = (node: unknown): number => (node as Node | null)?.range?.[0] ?? 0;

function treeOf(node: unknown, say: SayAt): Tree {
  if (isMap(node)) return mappingOf(node, say);
  if (isSeq(node)) return node.items.map((item) => treeOf(item, say));
  // It is refused already, so what it points at does not matter.
  if (isAlias(node)) return `*${node.source}`;
  const value = isScalar(node) && typeof node.value === 'string' ? node.value : '';
  const control = UNPRINTABLE.exec(value);
  // An escape such as "\u0007" does not show in the file's text.
  if (control) say(offset(node), 'not_plain_yaml', unprintable(control[0]));
  return value;
}

function mappingOf(node: YAMLMap, say: SayAt): Tree {
  const mapping: Record<string, Tree> = {};
  for (const { key, value } of node.items) {
    const at = key ? offset(key) : offset(node);
    if (!isScalar(key) || typeof key.value !== 'string' || key.value === '__proto__') {
      say(at, 'not_plain_yaml', `the key ${quote(String(key))} is not allowed. Use words as keys.`);
    } else if (Object.hasOwn(mapping, key.value)) {
      say(at, 'repeated', `the key ${quote(key.value)} is here twice. Use each key once.`);
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
