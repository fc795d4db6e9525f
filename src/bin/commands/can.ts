import { mayUseInFolder, openLedger } from '../../compose/cli.js';
import { readConfig } from '../../config.js';
import { reasonWithName } from '../../core/reading/reason.js';
import type { Act } from '../../core/use/act.js';
import type { AskFor } from '../../core/use/ask-for.js';
import { findOpa } from '../find-opa.js';
import { paint, shown, shownJson } from '../terminal.js';
import { example, JSON_OPTION, policiesFolder } from './command.js';
import type { Adds, Exit, Given } from './command.js';

const HELP = `
A call is METHOD /path. It answers from the ledger (AUDIT_DATABASE_URL or DATABASE_URL) and the policy
in force. Rules that differ from the starter's are compiled with the \`opa\` on your PATH. Where another
grant would allow it, it says how to ask for that one; for the link it needs ACCESS_REPOSITORY.

With --offline it asks neither GitHub nor the ledger: in a checkout of the access repository it says
whether the grants that this branch brings would allow it, by the base's policies/, and what it took
as given. It knows whoever policies/identities.yaml lists.`;

interface CanOptions {
  readonly environment?: string;
  readonly offline?: true;
  readonly base?: string;
  readonly json?: true;
}

/** `daypass can`. */
export const can: Adds = (program, given) => {
  program
    .command('can')
    .description('say whether somebody may do something now, and why')
    .argument('<subject>', 'a GitHub login')
    .argument('<action>', 'an action of the catalog, or a call')
    .argument('<resource>', 'a resource of the catalog')
    .argument('[command...]', 'the words of a command that is to be that action, after --')
    .option('--environment <name>', 'needed if the resource is in more than one')
    .option('--offline', 'by what this working tree brings, as if it were merged and begun now')
    .option('--base <ref>', 'with --offline: the branch to merge into, as for `check`')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      `${example(
        'daypass can alice select orders-db --environment production',
        'daypass can alice "GET /v1/orders/17" orders-api',
        'daypass can alice restart orders-host -- systemctl restart orders-web',
        'daypass can alice restart orders-host --offline',
      )}\n${HELP}`,
    )
    .action(
      async (
        login: string,
        action: string,
        resource: string,
        argv: string[],
        options: CanOptions,
      ) => {
        given.done(await told(given, { login, resource, act: actOf(action, argv) }, options));
      },
    );
};

/** No action has a space in it, so what has one is a call. */
function actOf(action: string, argv: readonly string[]): Act {
  if (argv.length > 0) return { kind: 'command', name: action, argv };
  const [method = '', ...target] = action.split(' ');
  return target.length === 0
    ? { kind: 'action', name: action }
    : { kind: 'call', method, target: target.join(' ') };
}

async function told(
  given: Given,
  asked: Pick<UseHere, 'login' | 'resource' | 'act'>,
  options: CanOptions,
): Promise<Exit> {
  const { terminal } = given;
  if (options.base !== undefined && !options.offline) {
    terminal.err('--base is for --offline: the ledger says by itself what is in force');
    return 2;
  }
  const use = { ...asked, environment: options.environment ?? null };
  const found = await (options.offline ? offline(given, use, options) : byLedger(given, use));
  if ('why' in found) {
    terminal.err(`could not tell: ${shown(found.why)}`);
    return 2;
  }
  const { decision, ask_for } = found;
  const exit = decision.allowed ? 0 : decision.reasons[0].code === 'engine_fault' ? 2 : 1;
  if (options.json) {
    terminal.out(shownJson(found, 2));
    return exit;
  }
  const [first, ...more] = decision.reasons.map((reason) => shown(reasonWithName(reason)));
  terminal.out(
    decision.allowed
      ? paint(terminal, 'green', `yes: ${first ?? ''}`)
      : paint(terminal, 'red', `no: ${first ?? ''}`),
  );
  for (const line of more) terminal.out(`    ${line}`);
  for (const warning of decision.warnings)
    terminal.out(paint(terminal, 'yellow', `warning: ${shown(reasonWithName(warning))}`));
  for (const line of 'assumed' in found ? found.assumed : [])
    terminal.out(`taken as given: ${shown(line)}`);
  if (ask_for) tellHowToAsk(terminal, ask_for);
  return exit;
}

type UseHere = Parameters<typeof mayUseInFolder>[0]['use'];
type UseTold =
  | Awaited<ReturnType<typeof mayUseInFolder>>
  | Awaited<ReturnType<ReturnType<typeof openLedger>['mayUse']>>;

async function byLedger({ env }: Given, use: UseHere): Promise<UseTold> {
  const ledger = openLedger(readConfig('cli', env));
  try {
    return await ledger.mayUse(use, { home: policiesFolder(env), opa: await findOpa(env) });
  } finally {
    await ledger.close();
  }
}

async function offline(
  { env, cwd }: Given,
  use: UseHere,
  { base = null }: { base?: string | null },
): Promise<UseTold> {
  const by = { home: policiesFolder(env), opa: await findOpa(env) };
  return mayUseInFolder({ folder: cwd, base, use, ...by });
}

/** The file, the link that opens it in GitHub's editor, and the command that does the same. */
function tellHowToAsk({ out }: Given['terminal'], { path, content, link, command }: AskFor): void {
  out(`To ask for it, open a pull request with ${shown(path)}:`);
  for (const line of content.trimEnd().split('\n')) out(`  ${shown(line)}`);
  if (link !== null) out(`by this link: ${shown(link)}`);
  out(`or run: ${shown(command)}`);
}
