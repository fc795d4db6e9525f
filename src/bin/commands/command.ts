import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Terminal } from '../terminal.js';

/** 0 yes, 1 no, 2 could not tell. */
export type Exit = 0 | 1 | 2;

/** What a command works with. */
export interface Given {
  readonly terminal: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that the command was called in. */
  readonly cwd: string;
  /** Takes the command's exit code. */
  readonly done: (exit: Exit) => void;
}

/** Adds one command to the program. */
export type Adds = (program: Command, given: Given) => void;

/** The example at the end of a command's help. */
export const example = (...lines: readonly string[]): string =>
  `\nExample:\n${lines.map((line) => `  ${line}`).join('\n')}`;

/** Where the command line keeps compiled policies. */
export function policiesFolder(env: Given['env']): string {
  const home = env.DAYPASS_HOME ?? join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'daypass');
  return join(home, 'policies');
}

export const JSON_OPTION = ['--json', 'print JSON'] as const;
