import { run } from '../../src/bin/commands/program.js';
import type { Exit } from '../../src/bin/commands/command.js';

/** What a command answered. */
export interface Answered {
  readonly exit: Exit;
  readonly out: readonly string[];
  readonly err: readonly string[];
  /** Standard output as one JSON document. */
  json(): unknown;
}

/** Runs `daypass` without a terminal, or on one where `colours` and an `answer` are given. */
export async function ask(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  as: {
    readonly colours?: boolean;
    readonly answer?: boolean;
    /** What is typed, in the order of the questions. */
    readonly typed?: readonly string[];
    readonly cwd?: string;
  } = {},
): Promise<Answered> {
  const out: string[] = [];
  const err: string[] = [];
  const typed = [...(as.typed ?? [])];
  const exit = await run(
    args,
    {
      interactive: as.answer !== undefined || as.typed !== undefined,
      colours: as.colours ?? false,
      out: (line) => void out.push(...line.split('\n')),
      err: (line) => void err.push(...line.split('\n')),
      confirm: async () => as.answer ?? false,
      ask: async (question) => {
        out.push(...question.split('\n'));
        return typed.shift() ?? '';
      },
    },
    env,
    as.cwd ?? '/',
  );
  return { exit, out, err, json: () => JSON.parse(out.join('\n')) as unknown };
}
