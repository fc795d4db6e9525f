import { visible } from '../reading/visible.js';

/** Keeps GitHub from reading what follows as a mention, a reference or a link; has no width. */
const BREAK = '\u200b';
/** White space that people see as such. Other line separators and the byte order mark are written out. */
const SPACES = /[^\S\u2028\u2029\ufeff]+/gu;

/** More than the longest reason and ticket have when each of their characters is written out. */
export const WHOLE_WORDS = 6_000;

/** Text from outside on one line of at most `limit` characters, with what nobody would see written out. */
export function oneLine(text: string, limit: number): string {
  // Cut first: the text may have any length.
  const some = text.slice(0, 4 * limit);
  const shown = visible(some.replace(SPACES, ' ').replace(/^ | $/g, ''));
  const characters = Array.from(shown);
  if (characters.length <= limit && some === text) return shown;
  return `${characters.slice(0, limit - 1).join('')}…`;
}

/** Text from outside for places without Markdown, such as a check's title; it mentions nobody. */
export function plain(text: string, limit: number): string {
  return oneLine(text, limit).replaceAll('@', `@${BREAK}`);
}

/**
 * Text from outside that shows as the very same text in Markdown, also in a table's cell: no markup, no HTML, no links,
 * no references, no mentions. At most `limit` characters are shown.
 */
export function prose(text: string, limit = 300): string {
  return (
    oneLine(text, limit)
      .replace(/[\\`*_[\]<>~&$!]/g, '\\$&')
      .replace(/[@#]/g, `$&${BREAK}`)
      .replace(/\bGH-(?=\d)/gi, `$&${BREAK}`)
      // GitHub turns these into links.
      .replace(/:(?=\/\/)/g, '\\:')
      .replace(/\bwww(?=\.)/gi, `$&${BREAK}`)
      // Only this escape works both inside and outside of a table's cell.
      .replaceAll('|', '&#124;')
      // These would begin a list or a heading.
      .replace(/^[-+=]/, '\\$&')
      .replace(/^(\d+)(?=[.)])/, '$1\\')
  );
}

/** A name from outside as code where that is possible, otherwise in prose. */
export function code(name: string): string {
  const shown = oneLine(name, 200);
  return shown === '' || /[`|]/.test(shown) ? prose(name, 200) : `\`${shown}\``;
}
