import { UNPRINTABLE } from '../reading/problem.js';

/** Keeps GitHub from reading what follows as a mention, a reference or a link; takes no room. */
const BREAK = '\u200b';
const UNSHOWN = new RegExp(`(?:${UNPRINTABLE.source}|\\s)+`, 'gu');

/** Text from outside on one line of at most `limit` characters, without anything unprintable. */
function line(text: string, limit: number): string {
  // Cut before looking: the text may be as long as it likes.
  const shown = text
    .slice(0, 4 * limit)
    .replace(UNSHOWN, ' ')
    .trim();
  const characters = Array.from(shown);
  if (characters.length <= limit) return shown;
  return `${characters.slice(0, limit - 1).join('')}…`;
}

/** Text from outside for where no Markdown is read, as a check's title; it mentions nobody. */
export function plain(text: string, limit: number): string {
  return line(text, limit).replaceAll('@', `@${BREAK}`);
}

/**
 * Text from outside as the very same text in Markdown, in a table's cell, too: no markup, no HTML, no links,
 * no references, and it mentions nobody. At most `limit` characters are shown.
 */
export function prose(text: string, limit = 300): string {
  return (
    line(text, limit)
      .replace(/[\\`*_[\]<>~&$!]/g, '\\$&')
      .replace(/[@#]/g, `$&${BREAK}`)
      .replace(/\bGH-(?=\d)/gi, `$&${BREAK}`)
      // GitHub makes links of these by themselves.
      .replace(/:(?=\/\/)/g, '\\:')
      .replace(/\bwww(?=\.)/gi, `$&${BREAK}`)
      // No escape but this one holds in a table's cell and outside of one.
      .replaceAll('|', '&#124;')
      // What would begin a list or a heading.
      .replace(/^[-+=]/, '\\$&')
      .replace(/^(\d+)(?=[.)])/, '$1\\')
  );
}

/** A name from outside as code, where it can be shown so; the same text in prose otherwise. */
export function code(name: string): string {
  const shown = line(name, 200);
  return shown === '' || /[`|]/.test(shown) ? prose(name, 200) : `\`${shown}\``;
}
