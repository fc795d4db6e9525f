/** How much is remembered: at most so many answers, of so many characters in all. */
interface Remembered {
  readonly entries: number;
  readonly characters: number;
}

/**
 * Remembers what `answer` said to a text. It must depend on nothing but the text, so what is remembered is what it would
 * say again; what it throws is not remembered. Where the room is full all is forgotten, and a text that alone would fill
 * a sixteenth of it is never remembered: whoever asks chooses the texts. `size` is the characters that an answer takes.
 */
export function remember<T extends object | string>(
  answer: (text: string) => T,
  size: (answered: T) => number,
  { entries, characters }: Remembered,
): (text: string) => T {
  let known = new Map<string, T>();
  let sum = 0;
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const answered = answer(text);
    const more = text.length + size(answered);
    if (more > characters / 16) return answered;
    if (known.size >= entries || sum + more > characters) {
      known = new Map();
      sum = 0;
    }
    known.set(text, answered);
    sum += more;
    return answered;
  };
}
