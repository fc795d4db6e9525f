import { resolve } from 'node:path';
import { readFile } from 'node:fs/promises';
import { checkFolder, problemInWords } from '../../compose/cli.js';
import { counted } from '../../core/reading/problem.js';
import { reasonWithName } from '../../core/reading/reason.js';
import { findOpa } from '../find-opa.js';
import { paint, shown, shownJson } from '../terminal.js';
import { example, JSON_OPTION, policiesFolder } from './command.js';
import type { Adds, Exit, Given } from './command.js';

const FACTS = `
A facts file (YAML or JSON) says what only GitHub and the clock know:

  now: 2026-11-24T14:00:00+01:00         # default: the current time
  requester: alice                       # who opens the pull request
  people:                                # everybody involved, with their teams
    alice: { id: 101, member: true, teams: [web] }
    bob: { id: 102, member: true, teams: [payments] }
  contributors: [frank]                  # who else pushed to the branch
  approvals: [bob]                       # who approved the files as they are now

The command asks neither GitHub nor the ledger. Grants are judged by the base branch's policies/.
Rules that differ from the starter's are compiled with the \`opa\` on your PATH.`;

interface CheckOptions {
  readonly base?: string;
  readonly facts?: string;
  readonly json?: true;
}

/** `daypass check`. */
export const check: Adds = (program, given) => {
  program
    .command('check')
    .description('check the grants and policies in this working tree, offline')
    .option('--base <ref>', 'the branch to merge into (default: origin/HEAD, then main or master)')
    .option('--facts <file>', 'who people are; without it the rules cannot be evaluated')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      `${example('daypass check --base origin/main --facts facts.yaml')}\n${FACTS}`,
    )
    .action(async (options: CheckOptions) => {
      given.done(await checked(given, options));
    });
};

async function readFacts(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new Error(`cannot read the file given with --facts: ${path}`, { cause: error });
  }
}

async function checked({ terminal, env, cwd }: Given, options: CheckOptions): Promise<Exit> {
  const facts =
    options.facts === undefined
      ? null
      : { path: options.facts, content: await readFacts(resolve(cwd, options.facts)) };
  const found = await checkFolder({
    folder: cwd,
    base: options.base ?? null,
    facts,
    home: policiesFolder(env),
    opa: await findOpa(env),
  });
  if ('why' in found) {
    for (const problem of found.problems) terminal.err(shown(problemInWords(problem)));
    terminal.err(`could not tell: ${shown(found.why)}`);
    return 2;
  }
  const exit = { yes: 0, denied: 1, could_not_tell: 2 } as const;
  if (options.json) {
    terminal.out(shownJson(found, 2));
    return exit[found.outcome];
  }
  for (const problem of found.problems)
    terminal.out(paint(terminal, 'red', shown(problemInWords(problem))));
  for (const warning of found.warnings)
    terminal.out(paint(terminal, 'yellow', `warning: ${shown(problemInWords(warning))}`));
  for (const { path, outcome, reasons } of found.answers) {
    const says = { approved: 'approved', awaiting_review: 'not yet', denied: 'denied' }[outcome];
    const why = reasons.map((reason) => `; ${reasonWithName(reason)}`).join('');
    terminal.out(shown(`${path}: ${says}${why}`));
  }
  list('Who may ask at use:', found.points);
  list('Not known offline:', found.could_not_tell);
  list('Assumed:', found.assumed);
  terminal.out(
    {
      yes: paint(terminal, 'green', `yes: the check would pass against ${shown(found.base.name)}`),
      denied: paint(terminal, 'red', `no: ${counted(found.problems.length, 'problem')}`),
      could_not_tell: paint(
        terminal,
        'yellow',
        'could not tell: nothing denies it, but not everything is known offline',
      ),
    }[found.outcome],
  );
  return exit[found.outcome];

  function list(title: string, lines: readonly string[]): void {
    if (lines.length === 0) return;
    terminal.out(title);
    for (const line of lines) terminal.out(`  - ${shown(line)}`);
  }
}
