import { createInterface } from 'node:readline/promises';
import { styleText } from 'node:util';
import { visible, visibleJson } from '../core/reading/visible.js';

/** Where a command prints its output and asks its questions. */
export interface Terminal {
  /** Whether somebody is there to answer questions. */
  readonly interactive: boolean;
  /** Whether to print colours: on a terminal, unless NO_COLOR is set (https://no-color.org). */
  readonly colours: boolean;
  out(line: string): void;
  err(line: string): void;
  /** Asks a question; any answer but `yes` means no. */
  confirm(question: string): Promise<boolean>;
  /** Asks for a line of text. */
  ask(question: string): Promise<string>;
}

/** The terminal of this process. If the reader of the output goes away, such as `head`, the process ends quietly. */
export function ownTerminal(): Terminal {
  process.stdout.on('error', () => process.exit(2));
  return {
    interactive: process.stdin.isTTY && process.stdout.isTTY,
    colours: process.stdout.isTTY && !process.env.NO_COLOR,
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    confirm: async (question) => (await answerTo(question)).trim().toLowerCase() === 'yes',
    ask: answerTo,
  };
}

async function answerTo(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}

type Colour = 'red' | 'green' | 'yellow' | 'dim';

/** Text in a colour, if the terminal shows colours. */
export function paint(on: Terminal, colour: Colour, text: string): string {
  // The terminal has decided about colours already; by default styleText would ask this process's stdout again.
  return on.colours ? styleText(colour, text, { validateStream: false }) : text;
}

/** Untrusted text on one line: what nobody would see, what moves the cursor and what reverses text is written out. */
export function shown(text: string): string {
  return visible(text);
}

/** Untrusted values as JSON; the same characters are escaped in it. */
export function shownJson(value: unknown, indent?: number): string {
  return visibleJson(value, indent);
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

/** Formats `2026-11-24T17:01:41.000Z` for people: `2026-11-24 17:01:41`. */
export function timeForPeople(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11, 19)}`;
}
