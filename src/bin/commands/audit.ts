import { openLedger } from '../../compose/cli.js';
import { readConfig } from '../../config.js';
import { moment, paint, shown } from '../terminal.js';
import { example, JSON_OPTION } from './command.js';
import type { Adds, Exit, Given } from './command.js';

/** `daypass audit log` and `daypass audit verify`. */
export const audit: Adds = (program, given) => {
  const command = program
    .command('audit')
    .description('what the ledger (DATABASE_URL) has recorded, and whether it still holds');
  command
    .command('log')
    .description('the entries, oldest first: all of them, or those of one grant with its decisions')
    .argument('[grant]', 'a grant by its path, or one of that path by <path>@<commit>')
    .option('--json', 'one entry a line, as JSON')
    .addHelpText('after', example('daypass audit log access-grants/production/alice-orders.yml'))
    .action(async (grant: string | undefined, options: { json?: true }) => {
      given.done(await log(given, grant ?? null, options.json ?? false));
    });
  command
    .command('verify')
    .description('whether every entry follows the one before and none was altered or is missing')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      `${example('daypass audit verify')}\n\nCompare the head with one kept elsewhere (check summaries and logs have it): only that tells\nwhether the newest entries are all there.`,
    )
    .action(async (options: { json?: true }) => {
      given.done(await verify(given, options.json ?? false));
    });
};

async function log({ terminal, env }: Given, of: string | null, json: boolean): Promise<Exit> {
  const ledger = openLedger(readConfig('cli', env));
  try {
    const found = await ledger.log(of);
    if (found === null) {
      terminal.err(
        `the ledger knows no grant ${shown(of ?? '')}: give a path as access-grants/production/alice.yml`,
      );
      return 1;
    }
    for await (const { entry, words } of found) {
      if (json) terminal.out(JSON.stringify({ ...entry, told: words }));
      else {
        const about = of === null && entry.grant !== null ? `${entry.grant}: ` : '';
        const at = paint(terminal, 'dim', moment(entry.at));
        terminal.out(`${at}  ${String(entry.seq).padStart(5)}  ${shown(about + words)}`);
      }
    }
    return 0;
  } finally {
    await ledger.close();
  }
}

async function verify({ terminal, env }: Given, json: boolean): Promise<Exit> {
  const ledger = openLedger(readConfig('cli', env));
  try {
    const found = await ledger.verify();
    if (json) terminal.out(JSON.stringify(found));
    else if (found.ok) {
      const { seq, hash } = found.head;
      terminal.out(
        `${paint(terminal, 'green', 'holds')}: ${String(seq)} entries, the head is ${hash}`,
      );
    } else {
      terminal.out(`${paint(terminal, 'red', 'does not hold')}: ${shown(found.why)}`);
    }
    return found.ok ? 0 : 1;
  } finally {
    await ledger.close();
  }
}
