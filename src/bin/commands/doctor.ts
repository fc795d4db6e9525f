import type { Finding } from '../../compose/doctor.js';
import { findOpa } from '../find-opa.js';
import { paint, shown } from '../terminal.js';
import type { Terminal } from '../terminal.js';
import { example, JSON_OPTION } from './command.js';
import type { Adds, Exit, Given } from './command.js';

/** `daypass doctor`. */
export const doctor: Adds = (program, given) => {
  program
    .command('doctor')
    .description('check everything that a worker needs, and say how to fix what is wrong')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      `${example('daypass doctor')}

Run it in the worker's environment. It checks the database, the queue, OPA, the App on GitHub with its
permissions and events, the required check, the policy of the default branch and every target that the
catalog names. It prints one line for each finding and changes nothing.
Exit codes: 0 all is good, 1 something is wrong, 2 could not tell.`,
    )
    .action(async (options: { json?: true }) => {
      given.done(await visit(given, options.json ?? false));
    });
};

async function visit({ terminal, env }: Given, json: boolean): Promise<Exit> {
  // Loaded here only: it pulls in every adapter, which the other commands do without.
  const { examine, verdictOf } = await import('../../compose/doctor.js');
  const findings: Finding[] = [];
  for await (const finding of examine(env, await findOpa(env))) {
    findings.push(finding);
    if (json) terminal.out(JSON.stringify(finding));
    else show(terminal, finding);
  }
  return verdictOf(findings);
}

const COLOURS = { good: 'green', bad: 'red', unsure: 'yellow' } as const;

function show(terminal: Terminal, finding: Finding): void {
  const { about, is, found } = finding;
  const mark = paint(terminal, COLOURS[is], is.padEnd(6));
  terminal.out(`${mark}  ${shown(about.padEnd(18))}  ${shown(found)}`);
  if (finding.is !== 'good') terminal.out(`${' '.repeat(28)}→ ${shown(finding.todo)}`);
}
