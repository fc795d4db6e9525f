import { openRequest, type RequestDesk, type RequestResult } from '../../compose/request.js';
import { readConfig } from '../../config.js';
import { problemInWords } from '../../core/reading/problem.js';
import { reasonWithName } from '../../core/reading/reason.js';
import { lackInWords, type GrantWish, type Lack } from '../../core/use/wish.js';
import { findOpa } from '../find-opa.js';
import { paint, shown, shownJson } from '../terminal.js';
import { example, JSON_OPTION, policiesFolder } from './command.js';
import type { Adds, Exit, Given } from './command.js';
import { requestOptions, wishOf, type RequestOptions } from './request-options.js';

const HELP = `
It acts as you: with GH_TOKEN or GITHUB_TOKEN, or the token that \`gh auth login\` keeps. The access
repository is ACCESS_REPOSITORY, or the remote of the working tree you are in; GITHUB_API_URL is needed
for a GitHub other than github.com. It reads policies/ of the default branch, tries the request by it,
and only then makes a branch with the file and opens the pull request. In a terminal it asks for what
is missing. Rules that differ from the starter's are compiled with the \`opa\` on your PATH.`;

interface Options extends RequestOptions {
  readonly dryRun?: true;
  readonly json?: true;
}

/** `daypass request`. */
export const request: Adds = (program, given) => {
  requestOptions(
    program
      .command('request')
      .description('ask for access: open the pull request with its grant file'),
  )
    .option('--dry-run', 'try it and show the file, and write nothing')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      `${example(
        "daypass request orders-db --role read-only --environment production --for 4h --ticket INC-4821 --reason 'Slow order queries'",
      )}\n${HELP}`,
    )
    .action(async (resource: string | undefined, options: Options) => {
      given.done(await requested(given, resource, options));
    });
};

async function requested(
  given: Given,
  resource: string | undefined,
  options: Options,
): Promise<Exit> {
  const { terminal, env, cwd } = given;
  const rules = { home: policiesFolder(env), opa: await findOpa(env) };
  const desk = await openRequest(readConfig('request', env), { ...rules, cwd, env });
  try {
    const wish = wishOf(resource, options, desk.view.person.login);
    const asks = terminal.interactive && options.json === undefined;
    const found = desk.draft(asks ? await completed(given, desk, wish) : wish);
    if ('lacks' in found) {
      const wrong = found.lacks.some((lack) => lack.found !== null);
      terminal.err(wrong ? 'this cannot be asked for:' : 'missing:');
      for (const lack of found.lacks) terminal.err(shown(`  ${lackInWords(lack)}`));
      return wrong ? 1 : 2;
    }
    const done = await desk.request(found.draft, options.dryRun ?? false);
    if (options.json) terminal.out(shownJson(done, 2));
    else tell(given, desk, done);
    return done.outcome === 'denied' ? 1 : 0;
  } finally {
    await desk.close();
  }
}

/** Asks for each thing that is missing, once. */
async function completed(
  { terminal }: Given,
  desk: RequestDesk,
  wish: GrantWish,
): Promise<GrantWish> {
  let complete = wish;
  const told = new Set<Lack['option']>();
  for (;;) {
    const found = desk.draft(complete);
    const lack = 'lacks' in found ? found.lacks[0] : undefined;
    if (!lack || lack.found !== null || told.has(lack.option)) return complete;
    told.add(lack.option);
    const answer = (await terminal.ask(`${shown(lackInWords(lack))}\n> `)).trim();
    if (answer !== '') complete = { ...complete, [KEYS[lack.option]]: answer };
  }
}

const KEYS = {
  ...{ resource: 'resource', role: 'role', environment: 'environment', reason: 'reason' },
  for: 'duration',
} as const satisfies Record<Lack['option'], keyof GrantWish>;

function tell({ terminal }: Given, { view }: RequestDesk, done: RequestResult): void {
  const { out } = terminal;
  const { repository, path, pull_request, branch, outcome } = done;
  out(
    shown(
      `judged by policies/ of ${repository}, ${view.default_branch} (${view.tip.slice(0, 12)})`,
    ),
  );
  if (pull_request === null) {
    out(shown(`${path}:`));
    for (const line of done.content.trimEnd().split('\n')) out(`  ${shown(line)}`);
  }
  for (const problem of done.problems) out(paint(terminal, 'red', shown(problemInWords(problem))));
  for (const reason of done.requirements) out(shown(`${path}: ${reasonWithName(reason)}`));
  list('Not known yet:', done.could_not_tell);
  list('Assumed:', done.assumed);
  if (pull_request) {
    out(shown(`opened #${String(pull_request.number)} from ${branch ?? ''}`));
    out(paint(terminal, 'green', shown(pull_request.url)));
  } else if (outcome === 'denied') out(paint(terminal, 'red', 'no: nothing was opened'));
  else out(paint(terminal, 'yellow', 'nothing was opened: this was only tried'));

  function list(title: string, lines: readonly string[]): void {
    if (lines.length > 0) out(title);
    for (const line of lines) out(`  - ${shown(line)}`);
  }
}
