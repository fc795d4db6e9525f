import { Command, CommanderError } from 'commander';
import { version } from '../../compose/version.js';
import { ConfigError } from '../../config.js';
import type { Terminal } from '../terminal.js';
import { shown } from '../terminal.js';
import { audit } from './audit.js';
import { can } from './can.js';
import { check } from './check.js';
import type { Adds, Exit } from './command.js';
import { doctor } from './doctor.js';
import { explained } from './explain.js';
import { grants } from './grants.js';
import { init } from './init.js';
import { request } from './request.js';
import { revoke } from './revoke.js';
import { trust } from './trust.js';

const COMMANDS: readonly Adds[] = [
  ...[request, check, grants, can, audit, revoke, trust, init, doctor],
];

const EXITS = `
Exit codes: 0 yes, 1 no (denied, invalid, not found), 2 could not tell.
README.md lists the environment variables. In a checkout, run \`npm run build\` once, and
\`node dist/bin/cli.js\` where this help says \`daypass\`.`;

/**
 * Runs the command that `args` name. Answers the exit code: 0 for yes, 1 for no, 2 for could not tell, which
 * includes mistakes in the command line and in the environment.
 */
export async function run(
  args: readonly string[],
  terminal: Terminal,
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): Promise<Exit> {
  let exit: Exit = 0;
  const program = new Command('daypass')
    .description(
      'Temporary access through pull requests: ask for it, query the ledger and try out changes.',
    )
    .version(version(), '--version', 'show the version')
    .helpOption('--help', 'show help for a command, with an example')
    .helpCommand('help [command]', 'show help for a command')
    .addHelpText('after', EXITS)
    .showHelpAfterError('See `daypass help`, or `daypass help COMMAND` for one command.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => {
        for (const line of text.trimEnd().split('\n')) terminal.err(shown(line));
      },
      getOutHasColors: () => terminal.colours,
      getErrHasColors: () => terminal.colours,
    });
  const done = (code: Exit) => {
    exit = code;
  };
  for (const add of COMMANDS) add(program, { terminal, env, cwd, done });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has printed the answer or the mistake already; without a command it printed the help.
      const asked = error.code !== 'commander.help' || args.includes('help');
      return error.exitCode === 0 && asked ? 0 : 2;
    }
    if (error instanceof ConfigError) terminal.err(error.message);
    else terminal.err(`could not tell: ${shown(explained(error))}`);
    return 2;
  }
}
