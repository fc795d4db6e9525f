import { openLedger } from '../../compose/cli.js';
import { readConfig } from '../../config.js';
import { timeForPeople, paint, shown, shownJson } from '../terminal.js';
import { readAskedUses, tellUses, USES_OPTIONS, type UsesFlags } from './audit-uses.js';
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
  const listing = command
    .command('log')
    .description(
      'list the entries, oldest first: all of them, or those about one grant; or the uses that were decided',
    )
    .argument(
      '[grant]',
      'the path of a grant file, or <path>@<commit> for one of several grants of that path',
    );
  USES_OPTIONS.forEach(([flags, about]) => listing.option(flags, about));
  listing
    .option('--json', 'print one JSON entry per line')
    .addHelpText(
      'after',
      example(
        'daypass audit log access-grants/production/alice-orders.yml',
        'daypass audit log --denied --subject alice --since 1d',
      ),
    )
    .action(async (grant: string | undefined, options: UsesFlags & { json?: true }) => {
      given.done(await log(given, grant ?? null, options));
    });
  addVerify(command, given);
};

async function log(
  given: Given,
  of: string | null,
  { json = false, ...flags }: UsesFlags & { json?: boolean },
): Promise<Exit> {
  const { terminal, env } = given;
  const ledger = openLedger(readConfig('cli', env));
  try {
    const asked = readAskedUses(flags, of, await ledger.now());
    if (asked !== null && 'why' in asked) {
      terminal.err(shown(asked.why));
      return 2;
    }
    if (asked !== null) {
      tellUses(terminal, await ledger.uses(asked), { limit: asked.limit, json });
      return 0;
    }
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
