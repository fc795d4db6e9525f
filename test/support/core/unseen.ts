import fc from 'fast-check';

/** What nobody sees, by Unicode's own properties. */
export const UNSEEN =
  /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|(?![\n\t])\p{Cc}/u;

const SOME = [
  ...['\u00ad', '\u034f', '\u061c', '\u115f', '\u17b4', '\u180e', '\u200b', '\u200d', '\u200e'],
  ...['\u2028', '\u202e', '\u2060', '\u2066', '\u2800', '\u3164', '\ufe0f', '\ufeff', '\uffa0'],
  ...['\ud800', '\u0000', '\u0085', '\u{1d173}', '\u{e0001}', '\u{e0041}', '\u{e0100}', '@', '#'],
];

/** Text with every kind of character in it, and many of those that nobody sees. */
export const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom(...SOME),
      fc.integer({ min: 0, max: 0x10_ffff }).map((point) => String.fromCodePoint(point)),
      fc.string(),
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(''));
