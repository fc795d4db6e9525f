import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { readFile } from 'node:fs/promises';
import { checkFolder, placed } from '../../compose/cli.js';
import { findOpa } from '../find-opa.js';
import { paint, shown } from '../terminal.js';
import { example, JSON_OPTION } from './command.js';
import type { Adds, Exit, Given } from './command.js';

const FACTS = `
What only GitHub and the clock know, the facts say (YAML or JSON):

  now: 2026-11-24T14:00:00+01:00         # left out: now
  requester: alice                       # who opens the pull request
  people:                                # everybody who matters, with their teams here
    alice: { id: 101, member: true, teams: [web] }
    bob: { id: 102, member: true, teams: [payments] }
  contributors: [frank]                  # who pushed besides the requester
  approvals: [bob]                       # who approved what stands here

Nothing is asked of GitHub or the ledger. Judged is by the policies/ of the base, its rules compiled
by the \`opa\` on the PATH where they are not the starter's.`;

interface Options {
  readonly base?: string;
  readonly facts?: string;
  readonly json?: true;
}

/** `daypass check`. */
export const check: Adds = (program, given) => {
  program
    .command('check')
    .description('whether the grants and policies of this working tree would hold, told offline')
    .option('--base <ref>', 'what it is to be merged into (left out: origin/HEAD, main, …)')
    .option('--facts <file>', 'who people are, so that the rules can be asked')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      `${example('daypass check --base origin/main --facts facts.yaml')}\n${FACTS}`,
    )
    .action(async (options: Options) => {
      given.done(await checked(given, options));
    });
};

async function readFacts(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new Error(`--facts names a file that cannot be read: ${path}`, { cause: error });
  }
}

async function checked({ terminal, env, cwd }: Given, options: Options): Promise<Exit> {
  const home = env.DAYPASS_HOME ?? join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'daypass');
  const facts =
    options.facts === undefined
      ? null
      : { path: options.facts, content: await readFacts(resolve(cwd, options.facts)) };
  const found = await checkFolder({
    folder: cwd,
    base: options.base ?? null,
    facts,
    home: join(home, 'policies'),
    opa: await findOpa(env),
  });
  if ('why' in found) {
    for (const problem of found.problems) terminal.err(shown(placed(problem)));
    terminal.err(`could not tell: ${shown(found.why)}`);
    return 2;
  }
  const exit = { yes: 0, denied: 1, could_not_tell: 2 } as const;
  if (options.json) {
    terminal.out(JSON.stringify(found, null, 2));
    return exit[found.outcome];
  }
  for (const problem of found.problems)
    terminal.out(paint(terminal, 'red', shown(placed(problem))));
  for (const { path, outcome, words } of found.answers) {
    const says = { approved: 'approved', awaiting_review: 'not yet', denied: 'denied' }[outcome];
    terminal.out(shown(`${path}: ${says}${words.map((word) => `; ${word}`).join('')}`));
  }
  list('Could not tell:', found.could_not_tell);
  list('Taken as given:', found.assumed);
  terminal.out(
    {
      yes: paint(terminal, 'green', `yes, against ${shown(found.base.name)}`),
      denied: paint(terminal, 'red', `no: ${String(found.problems.length)} problem(s)`),
      could_not_tell: paint(terminal, 'yellow', 'nothing denies it; the rest could not be told'),
    }[found.outcome],
  );
  return exit[found.outcome];

  function list(title: string, lines: readonly string[]): void {
    if (lines.length === 0) return;
    terminal.out(title);
    for (const line of lines) terminal.out(`  - ${shown(line)}`);
  }
}
