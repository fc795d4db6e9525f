import { createInterface } from 'node:readline/promises';

/** Where a command prints, and whom it can ask. */
export interface Terminal {
  /** A person reads the answer: tables are set, questions can be asked. */
  readonly interactive: boolean;
  /** Colours are shown: on a terminal, unless NO_COLOR is set (https://no-color.org). */
  readonly colours: boolean;
  out(line: string): void;
  err(line: string): void;
  /** Asks a question that only `yes` answers with yes. */
  confirm(question: string): Promise<boolean>;
}

/** This process's terminal. A reader that goes away, as `head` does, ends the process quietly. */
export function ownTerminal(): Terminal {
  process.stdout.on('error', () => process.exit(2));
  return {
    interactive: process.stdin.isTTY && process.stdout.isTTY,
    colours: process.stdout.isTTY && !process.env.NO_COLOR,
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    confirm: async (question) => {
      const lines = createInterface({ input: process.stdin, output: process.stdout });
      try {
        return (await lines.question(question)).trim().toLowerCase() === 'yes';
      } finally {
        lines.close();
      }
    },
  };
}

const CODES = { red: 31, green: 32, yellow: 33, dim: 2 } as const;

/** Text in a colour, where colours are shown. */
export function paint(on: Terminal, colour: keyof typeof CODES, text: string): string {
  return on.colours ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text;
}

/** Text from outside on one line, with whatever could move the cursor or turn text around written as an escape. */
export function shown(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029\ufeff]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}

/** Rows under their headings, each column as wide as its widest cell. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const safe = [headings, ...rows].map((row) => row.map(shown));
  const widths = headings.map((_, column) =>
    Math.max(...safe.map((row) => Array.from(row[column] ?? '').length)),
  );
  const padded = (cell: string, column: number) =>
    cell + ' '.repeat((widths[column] ?? 0) - Array.from(cell).length);
  return safe.map((row) => row.map(padded).join('  ').trimEnd());
}

/** `2026-11-24T17:01:41.000Z` as people read it: `2026-11-24 17:01:41`. */
export function moment(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11, 19)}`;
}
