import type { Finding } from '../../compose/doctor.js';
import { findOpa } from '../find-opa.js';
import { paint, shown, shownJson } from '../terminal.js';
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
catalog names. It prints one line for each finding and changes nothing. OPA is what this command finds: a
worker goes by its own PATH, and looks for it once, when it starts.
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
    if (json) terminal.out(shownJson(finding));
    else {
      remedy(terminal, findings.at(-1), finding);
      show(terminal, finding);
    }
    findings.push(finding);
  }
  if (!json) remedy(terminal, findings.at(-1), undefined);
  return verdictOf(findings);
}

const COLOURS = { good: 'green', bad: 'red', unsure: 'yellow' } as const;

function show(terminal: Terminal, finding: Finding): void {
  const { about, is, found } = finding;
  const code = finding.is === 'good' || finding.code === undefined ? '' : ` (${finding.code})`;
  const mark = paint(terminal, COLOURS[is], is.padEnd(6));
  terminal.out(`${mark}  ${shown(about.padEnd(18))}  ${shown(found)}${code}`);
}

/** What to do about a finding, after the last of those that need the same. */
function remedy(terminal: Terminal, of: Finding | undefined, next: Finding | undefined): void {
  if (!of || of.is === 'good') return;
  if (next && next.is !== 'good' && next.todo === of.todo) return;
  terminal.out(`${' '.repeat(28)}→ ${shown(of.todo)}`);
}
