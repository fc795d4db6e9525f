import { openTrust, problemInWords } from '../../compose/cli.js';
import { readConfig } from '../../config.js';
import { findOpa } from '../find-opa.js';
import { paint, shown, shownJson } from '../terminal.js';
import type { Terminal } from '../terminal.js';
import { AS_OPTION, readClaim } from './claim.js';
import { example, JSON_OPTION } from './command.js';
import type { Adds, Exit, Given } from './command.js';

interface TrustOptions {
  readonly because?: string;
  readonly as?: string;
  readonly yes?: string;
  readonly json?: true;
}

/** An id of git's, by SHA-1 or SHA-256. */
const TREE_ID = /^([0-9a-f]{40}|[0-9a-f]{64})$/;

type TipPlan = Extract<Awaited<ReturnType<typeof openTrust>>['trust'], { ok: true }>['plan'];

/** `daypass trust`. */
export const trust: Adds = (program, given) => {
  program
    .command('trust')
    .description('accept the current tip of the default branch as the new baseline')
    .argument(
      '[tree]',
      'the id of the policies/ tree that you reviewed; if the tip has another one, nothing is done',
    )
    .option('--because <text>', 'why; it is recorded')
    .option(...AS_OPTION)
    .option(
      '--yes <fingerprint>',
      'do it without asking, if it is still what was shown with this fingerprint; required without a terminal',
    )
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      `${example('daypass trust "$(git rev-parse origin/main:policies)"')}

Use it when activation is paused, because the repository, its owner, the installation or the default
branch is not the recorded one, or because the branch was rewritten. Run it in the worker's environment;
it asks GitHub. It also settles ends that are held because many people left at once. The name given with
--as is recorded as a claim: nothing proves it.

It records the ids, the tip and its policies/ as they are now. Live grants stay, but those whose file is
gone or asks for something else end, and those whose end is held because people have left. Nothing else
that landed meanwhile gives access. It shows what it would do, with a fingerprint of it, and asks first;
without the answer yes, or --yes with the fingerprint of a run before, it does nothing. If anything is
different by then, such as the tip or whom a name of an approver stands for, it does nothing either.`,
    )
    .action(async (tree: string | undefined, options: TrustOptions) => {
      given.done(await trusted(given, tree ?? null, options));
    });
};

async function trusted(
  { terminal, env }: Given,
  tree: string | null,
  options: TrustOptions,
): Promise<Exit> {
  if (tree !== null && !TREE_ID.test(tree)) {
    const given = JSON.stringify(tree.slice(0, 200));
    terminal.err(
      shown(`${given} is not a tree id. Use what \`git rev-parse origin/main:policies\` prints.`),
    );
    return 2;
  }
  const act = readClaim({ because: options.because, as: options.as }, env);
  if ('why' in act) {
    terminal.err(shown(act.why));
    return 2;
  }
  const config = readConfig('worker', env);
  const { trust, close } = await openTrust(config, await findOpa(env), tree);
  try {
    const say = (outcome: string, fields: object) => {
      if (options.json) terminal.out(shownJson({ recorded: false, ...fields }, 2));
      else terminal.err(shown(outcome));
    };
    if (!trust.ok) {
      const { why, code, problems } = trust;
      const coded = code === undefined ? why : `${why} (${code})`;
      say(`nothing was recorded: ${coded}`, { why, code, problems });
      if (!options.json) {
        for (const problem of problems) terminal.err(shown(problemInWords(problem)));
      }
      return 1;
    }
    const { plan, shown_as } = trust;
    if (!options.json) show(terminal, config.ACCESS_REPOSITORY, plan);
    if (options.yes !== undefined && options.yes !== shown_as) {
      const why = `this is not what was shown with the fingerprint ${JSON.stringify(options.yes.slice(0, 200))}; it is ${shown_as}`;
      say(`nothing was recorded: ${why}`, { plan, shown_as, why });
      return 1;
    }
    const agreed =
      options.yes !== undefined ||
      (terminal.interactive && !options.json && (await terminal.confirm('Record this? (yes/no) ')));
    if (!agreed) {
      say(`nothing was recorded: answer yes, or use --yes ${shown_as} without a terminal`, {
        plan,
        shown_as,
      });
      return 1;
    }
    const moved = await trust.record(act);
    if (moved !== null) {
      say(
        `nothing was recorded, because the ledger changed meanwhile (${moved}): run the command again`,
        {
          plan,
          why: moved,
        },
      );
      return 1;
    }
    if (options.json) terminal.out(shownJson({ recorded: true, plan }, 2));
    else terminal.out(paint(terminal, 'green', 'recorded: activation continues'));
    return 0;
  } finally {
    await close();
  }
}

function show(terminal: Terminal, repository: string, plan: TipPlan): void {
  const { source, was, taken } = plan;
  const now = (is: string | number, before: string | number | null) =>
    is === before ? String(is) : `${String(is)} (was ${String(before)})`;
  if (was.stopped !== null) {
    const codes = was.reasons?.map(({ code }) => ` (${code})`).join('') ?? '';
    terminal.out(shown(`Activation is paused: ${was.stopped}${codes}`));
  }
  terminal.out('The new baseline:');
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
  for (const line of renamed(plan)) terminal.out(paint(terminal, 'yellow', shown(line)));
  for (const { grant, login, role, resource, environment, becomes, file } of taken) {
    const why =
      file === null
        ? `the end of ${grant} was held`
        : `the file of ${grant} ${file === 'gone' ? 'is gone' : 'asks for something else'}`;
    const line = `  ${becomes}: ${login}, ${role} on ${resource} in ${environment}: ${why}`;
    terminal.out(paint(terminal, 'yellow', shown(line)));
  }
  terminal.out(
    'Nothing else that landed meanwhile gives access. To get it, change its grant file in a pull request.',
  );
}

/** The names of approvers that stand for somebody else from now on, or for nobody. */
function renamed({ approvers, was }: TipPlan): readonly string[] {
  const of = (
    what: string,
    now: TipPlan['approvers']['teams'],
    before: TipPlan['approvers']['teams'] = {},
  ) =>
    Object.entries(now).flatMap(([name, id]) => {
      const then = Object.hasOwn(before, name) ? (before[name] ?? null) : undefined;
      if (then === id && id !== null) return [];
      const is = id === null ? 'GitHub has none: nobody counts as it' : `id ${id}`;
      const wasIt = then === undefined || then === id ? '' : ` (was ${then ?? 'nobody'})`;
      return [`  approver: ${what} ${name}, ${is}${wasIt}`];
    });
  return [
    ...of('team', approvers.teams, was.approvers?.teams),
    ...of('account', approvers.users, was.approvers?.users),
  ];
}
