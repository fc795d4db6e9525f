import { openLedger } from '../../compose/cli.js';
import { readConfig } from '../../config.js';
import { timeForPeople, paint, shown, shownJson } from '../terminal.js';
import { addVerify } from './audit-verify.js';
import { example } from './command.js';
import type { Adds, Exit, Given } from './command.js';

/** `daypass audit log` and `daypass audit verify`. */
export const audit: Adds = (program, given) => {
  const command = program
    .command('audit')
    .description(
      'read the ledger (AUDIT_DATABASE_URL or DATABASE_URL), or verify that nobody has altered it',
    )
    .addHelpText('after', example('daypass audit log', 'daypass audit verify --head heads.txt'));
  command
    .command('log')
    .description('list the entries, oldest first: all of them, or those about one grant')
    .argument(
      '[grant]',
      'the path of a grant file, or <path>@<commit> for one of several grants of that path',
    )
    .option('--json', 'print one JSON entry per line')
    .addHelpText('after', example('daypass audit log access-grants/production/alice-orders.yml'))
    .action(async (grant: string | undefined, options: { json?: true }) => {
      given.done(await log(given, grant ?? null, options.json ?? false));
    });
  addVerify(command, given);
};

async function log({ terminal, env }: Given, of: string | null, json: boolean): Promise<Exit> {
  const ledger = openLedger(readConfig('cli', env));
  try {
    const found = await ledger.log(of);
    if (found === null) {
      terminal.err(
        `the ledger has no grant ${shown(of ?? '')}: give the path of its file, for example access-grants/production/alice.yml`,
      );
      return 1;
    }
    for await (const { entry, words } of found) {
      if (json) terminal.out(shownJson({ ...entry, told: words }));
      else {
        const about = of === null && entry.grant !== null ? `${entry.grant}: ` : '';
        const at = paint(terminal, 'dim', timeForPeople(entry.at));
        terminal.out(`${at}  ${String(entry.seq).padStart(5)}  ${shown(about + words)}`);
      }
    }
    return 0;
  } finally {
    await ledger.close();
  }
}
