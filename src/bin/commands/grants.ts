import { openLedger } from '../../compose/cli.js';
import type { AccessAt } from '../../core/ledger/access-at.js';
import { readConfig } from '../../config.js';
import { parseTimestamp } from '../../core/reading/timestamp.js';
import { timeForPeople, paint, shown, shownJson, table } from '../terminal.js';
import { example, JSON_OPTION } from './command.js';
import type { Adds, Exit, Given } from './command.js';

const HEADINGS = ['ENVIRONMENT', 'RESOURCE', 'ROLE', 'SUBJECT', 'UNTIL (UTC)', 'STATE', 'GRANT'];

/** `daypass grants`. */
export const grants: Adds = (program, given) => {
  program
    .command('grants')
    .description(
      'list who has access, or had it at a given moment, according to the ledger (AUDIT_DATABASE_URL or DATABASE_URL)',
    )
    .option(
      '--at <moment>',
      'a moment in RFC 3339 with its offset, for example 2026-11-24T21:00:00Z',
    )
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      `${example('daypass grants --at 2026-11-24T14:10:00+01:00')}\n\nAccess counts until it was seen to be gone. "overdue": the grant is past its end or revoked, and its\naccess was not seen gone yet. "activating": the start has begun, and no outcome is recorded yet.\n"end held": it would end early, but so would those of too many people; its comment says why.`,
    )
    .action(async (options: { at?: string; json?: true }) => {
      given.done(await told(given, options.at ?? null, options.json ?? false));
    });
};

function roleOf({ role, scope, scope_held }: AccessAt): string {
  if (scope === null) return role;
  return `${role} (${scope.actions.join(', ')}${scope_held === 'at_use' ? ' at use' : ''})`;
}

async function told({ terminal, env }: Given, at: string | null, json: boolean): Promise<Exit> {
  const wrong = (why: string): Exit => {
    terminal.err(`--at: ${shown(why)}`);
    return 2;
  };
  const parsed = at === null ? null : parseTimestamp(at);
  if (parsed && !parsed.ok) return wrong(parsed.why);
  const ledger = openLedger(readConfig('cli', env));
  try {
    const found = await ledger.accessAt(at);
    if ('why' in found) return wrong(found.why);
    if (json) {
      // Scripts read this list as `held`.
      terminal.out(shownJson({ at: found.at, held: found.access }, 2));
      return 0;
    }
    const rows = found.access.map((one) => [
      one.environment,
      one.resource,
      roleOf(one),
      `${one.subject.login} (${String(one.subject.id)})`,
      timeForPeople(one.ends_at),
      one.overdue ? 'overdue' : one.end_held === null ? one.state : `${one.state}, end held`,
      one.grant,
    ]);
    if (rows.length === 0) terminal.out(`nobody has access through a grant at ${found.at}`);
    else {
      const [headings = '', ...lines] = table(HEADINGS, rows);
      terminal.out(paint(terminal, 'dim', headings));
      found.access.forEach(({ overdue, end_held }, row) => {
        const line = lines[row] ?? '';
        terminal.out(overdue || end_held !== null ? paint(terminal, 'yellow', line) : line);
      });
    }
    return 0;
  } finally {
    await ledger.close();
  }
}
