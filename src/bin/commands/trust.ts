import { openTrust, placed } from '../../compose/cli.js';
import { readConfig } from '../../config.js';
import { findOpa } from '../find-opa.js';
import { paint, shown } from '../terminal.js';
import type { Terminal } from '../terminal.js';
import { example, JSON_OPTION } from './command.js';
import type { Adds, Exit, Given } from './command.js';

interface Options {
  readonly yes?: true;
  readonly json?: true;
}

type Plan = Extract<Awaited<ReturnType<typeof openTrust>>['trust'], { ok: true }>['plan'];

/** `daypass trust`. */
export const trust: Adds = (program, given) => {
  program
    .command('trust')
    .description('record the tip of the default branch again as what Daypass goes by')
    .argument(
      '[tree]',
      'the policies/ tree that you looked at: nothing is done when the tip has another',
    )
    .option('--yes', 'do it without asking; needed where there is no terminal')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      `${example('daypass trust "$(git rev-parse origin/main:policies)"')}

For when activation stands still: the repository, its owner, the installation or the default branch is
another one, or the branch was rewritten. It needs the environment of the worker, and asks GitHub.

The ids, the tip and its policies/ are recorded as they are now. The grants of the ledger stay; those
whose file is gone end. Nothing that landed unseen gives access. Without --yes or a yes nothing is done.`,
    )
    .action(async (tree: string | undefined, options: Options) => {
      given.done(await trusted(given, tree ?? null, options));
    });
};

async function trusted(
  { terminal, env }: Given,
  tree: string | null,
  options: Options,
): Promise<Exit> {
  const config = readConfig('worker', env);
  const { trust, close } = await openTrust(config, await findOpa(env), tree);
  try {
    const say = (outcome: string, fields: object) => {
      if (options.json) terminal.out(JSON.stringify({ recorded: false, ...fields }, null, 2));
      else terminal.err(shown(outcome));
    };
    if (!trust.ok) {
      const { why, problems } = trust;
      say(`nothing was recorded: ${why}`, { why, problems });
      if (!options.json) {
        for (const problem of problems) terminal.err(shown(placed(problem)));
      }
      return 1;
    }
    const { plan } = trust;
    if (!options.json) show(terminal, config.ACCESS_REPOSITORY, plan);
    const agreed =
      options.yes ??
      (terminal.interactive && !options.json && (await terminal.confirm('Record this? (yes/no) ')));
    if (!agreed) {
      say('nothing was recorded: say yes, or --yes where there is no terminal', { plan });
      return 1;
    }
    const moved = await trust.record();
    if (moved !== null) {
      say(`nothing was recorded, because the ledger moved meanwhile (${moved}): run it again`, {
        plan,
        why: moved,
      });
      return 1;
    }
    if (options.json) terminal.out(JSON.stringify({ recorded: true, plan }, null, 2));
    else terminal.out(paint(terminal, 'green', 'recorded; activation goes on'));
    return 0;
  } finally {
    await close();
  }
}

function show(terminal: Terminal, repository: string, plan: Plan): void {
  const { source, was, taken } = plan;
  const now = (is: string | number, before: string | number | null) =>
    is === before ? String(is) : `${String(is)} (was ${String(before)})`;
  if (was.stopped !== null) terminal.out(shown(`Activation stands still: ${was.stopped}`));
  terminal.out('To be recorded as what Daypass goes by:');
  for (const [what, value] of [
    ['repository', `${repository}, id ${now(source.repository_id, was.source.repository_id)}`],
    ['owner', now(source.owner_id, was.source.owner_id)],
    ['installation', now(source.installation_id, was.source.installation_id)],
    ['default branch', now(source.default_branch, was.source.default_branch)],
    ['last step', now(plan.tip, was.last_step)],
    ['policies/', now(plan.policy.tree, was.policy)],
  ] as const) {
    terminal.out(shown(`  ${what.padEnd(14)}  ${value}`));
  }
  for (const { grant, login, role, resource, environment, becomes, file } of taken) {
    const why = file === 'gone' ? 'is gone' : 'asks for something else';
    const line = `  ${becomes}: ${login}, ${role} on ${resource} in ${environment}: the file of ${grant} ${why}`;
    terminal.out(paint(terminal, 'yellow', shown(line)));
  }
  terminal.out(
    'Nothing else that landed unseen gives access; to have it, change its file by pull request.',
  );
}
