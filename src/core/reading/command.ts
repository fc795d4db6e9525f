import { UNPRINTABLE } from './problem.js';

/**
 * A pattern for a command: its words. In a word `*` stands for any characters; a word that begins with it is no option,
 * so options are written out; `**` as the last word stands for whatever follows, options too.
 */
export type CommandPattern = readonly string[];

/** The most words of a pattern and of a command, and the most characters of one word. */
export const MOST_WORDS = 100;
const WORD_LENGTH = 4_096;

/** What is wrong with a pattern, in words; null for nothing. */
export function wrongInCommand(pattern: CommandPattern): string | null {
  const [program = ''] = pattern;
  if (program === '' || program.includes('*'))
    return 'a command begins with the name of its program, without *';
  if (pattern.length > MOST_WORDS) return `a command has at most ${MOST_WORDS} words`;
  for (const [index, word] of pattern.entries()) {
    const wrong = wrongInWord(word);
    if (wrong !== null) return wrong;
    if (!word.includes('**')) continue;
    if (word !== '**') return '** is a word of its own';
    if (index < pattern.length - 1) return '** is the last word of a command';
  }
  return null;
}

/** Why a command cannot be judged, in words; null if it can. What is executed is what was judged (invariant 28). */
export function unjudgeable(argv: readonly string[]): string | null {
  const [program = ''] = argv;
  if (program === '') return 'the command is empty';
  if (argv.length > MOST_WORDS) return `the command has more than ${MOST_WORDS} words`;
  return argv.reduce<string | null>((found, word) => found ?? wrongInWord(word), null);
}

/** Whether a command that can be judged is one of those that a pattern allows. */
export function allowsCommand(pattern: CommandPattern, argv: readonly string[]): boolean {
  const open = pattern.at(-1) === '**';
  const words = open ? pattern.slice(0, -1) : pattern;
  if (open ? argv.length < words.length : argv.length !== words.length) return false;
  return words.every((word, index) => allowsWord(word, argv[index] ?? ''));
}

function allowsWord(pattern: string, word: string): boolean {
  if (pattern.startsWith('*') && word.startsWith('-')) return false;
  return (pattern !== '*' || word !== '') && glob(pattern, word);
}

/** `*` stands for any characters, none included. Linear: what was matched before a star is never tried again. */
export function glob(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return pattern === text;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

/** Blanks within a word are allowed: a word is one argument, and no shell reads it. */
function wrongInWord(word: string): string | null {
  if (word.length > WORD_LENGTH) return `a word of a command has at most ${WORD_LENGTH} characters`;
  if (word.includes('\n') || UNPRINTABLE.test(word))
    return 'a command has no control characters, and none that make text look different';
  return null;
}
