import { Lexer, Parser, type CST, type LineCounter } from 'yaml';

/** The tokens of a YAML text, before anything is built from them. */
export interface Tokens {
  readonly documents: readonly CST.Token[];
  /** Tokens that we refuse: aliases, anchors, tags and directives. */
  readonly refused: readonly {
    readonly what: string;
    readonly offset: number;
    readonly source: string;
  }[];
  /** The offset of the first collection that is nested too deeply; null for none. */
  readonly too_deep: number | null;
}

/** How deeply collections may be nested. The deepest of our files has seven levels. */
const MAX_DEPTH = 20;

const REFUSED: Readonly<Record<string, string>> = {
  alias: 'an alias',
  anchor: 'an anchor',
  tag: 'a tag',
  directive: 'a directive',
};

/**
 * How many tokens (words, signs, spaces, comments, line breaks) a text has; `most` + 1 where it has more, without
 * reading the rest. Each token costs microseconds later on, so a quarter of a MiB of commas would take seconds.
 */
export function countTokens(text: string, most: number): number {
  let count = 0;
  for (const _ of new Lexer().lex(text)) {
    count += 1;
    if (count > most) break;
  }
  return count;
}

/**
 * Cuts a YAML text into tokens without recursion; null where it has more than `most`. The composer that runs next is
 * recursive, and V8 ends the whole process when the stack overflows while it compiles a regular expression: 16 KiB
 * of `[` did that. So depth is counted here.
 */
export function readTokens(text: string, lines: LineCounter, most: number): Tokens | null {
  const documents = parse(text, lines, most);
  if (!documents) return null;
  const refused: { what: string; offset: number; source: string }[] = [];
  let tooDeep: number | null = null;
  const open: { token: CST.Token | CST.SourceToken; depth: number }[] = documents
    .map((token) => ({ token, depth: 0 }))
    .reverse();
  for (let next = open.pop(); next; next = open.pop()) {
    const { token, depth } = next;
    const what = REFUSED[token.type];
    if (what) refused.push({ what, offset: token.offset, source: sourceOf(token) });
    if (depth > MAX_DEPTH) tooDeep ??= token.offset;
    const within = 'items' in token ? 1 : 0;
    for (const part of partsOf(token).reverse()) open.push({ token: part, depth: depth + within });
  }
  return { documents, refused, too_deep: tooDeep };
}

/** Does what `Parser.parse` does, but counts the tokens on the way. */
function parse(text: string, lines: LineCounter, most: number): CST.Token[] | null {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  const documents: CST.Token[] = [];
  let count = 0;
  for (const token of new Lexer().lex(text)) {
    count += 1;
    if (count > most) return null;
    documents.push(...parser.next(token));
  }
  documents.push(...parser.end());
  return documents;
}

function sourceOf(token: CST.Token | CST.SourceToken): string {
  return 'source' in token ? token.source : '';
}

function partsOf(token: CST.Token | CST.SourceToken): (CST.Token | CST.SourceToken)[] {
  if (token.type === 'document') return [...token.start, ...(token.value ? [token.value] : [])];
  if (token.type === 'block-scalar') return [...token.props];
  if (!('items' in token)) return [];
  return token.items.flatMap(({ start, key, sep, value }) => [
    ...start,
    ...(key ? [key] : []),
    ...(sep ?? []),
    ...(value ? [value] : []),
  ]);
}
