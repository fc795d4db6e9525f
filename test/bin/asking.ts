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
  as: { readonly colours?: boolean; readonly answer?: boolean; readonly cwd?: string } = {},
): Promise<Answered> {
  const out: string[] = [];
  const err: string[] = [];
  const exit = await run(
    args,
    {
      interactive: as.answer !== undefined,
      colours: as.colours ?? false,
      out: (line) => void out.push(...line.split('\n')),
      err: (line) => void err.push(...line.split('\n')),
      confirm: async () => as.answer ?? false,
    },
    env,
    as.cwd ?? '/',
  );
  return { exit, out, err, json: () => JSON.parse(out.join('\n')) as unknown };
}
