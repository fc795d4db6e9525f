/**
 * Characters that people do not see, or that change how the text around them looks: controls, formats (bidirectional
 * ones, joiners, tags, the byte order mark), lone surrogates, other line separators, and everything that Unicode lets a
 * font leave out (Unicode 16, 5.21 "Default Ignorable Code Points"). The last two have no property that says so: the
 * blank Braille pattern and the null notehead.
 */
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u{2800}\u{1d159}]/gu;
const UNSEEN_IN_LINES = new RegExp(`(?![\\n\\t])${UNSEEN.source}`, 'gu');

/** A code point in Unicode's notation: `U+0007`. */
export function codePoint(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}

const writtenOut = (character: string) => `‹${codePoint(character)}›`;

/**
 * Text from outside with every character written out that people would not see, such as `‹U+200B›`, so that they read
 * all that is there. The result is one line. Everything that shows text from files, GitHub or targets goes through this
 * function or `visibleLines`.
 */
export function visible(text: string): string {
  return text.replace(UNSEEN, writtenOut);
}

/** The same for text of several lines: line feeds and tabs stay. */
export function visibleLines(text: string): string {
  return text.replace(UNSEEN_IN_LINES, writtenOut);
}

/** JSON of a value in which such characters are escaped, so that it means the same and a terminal shows all of it. */
export function visibleJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(UNSEEN_IN_LINES, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
