import { setTimeout as sleep } from 'node:timers/promises';
import { openRevoke } from '../../compose/cli.js';
import { readConfig } from '../../config.js';
import { begun, type GrantRecord } from '../../core/grant/record.js';
import { counted } from '../../core/reading/problem.js';
import { readSubject, type ToEnd } from '../../core/ledger/early/revoke.js';
import { paint, shown, shownJson } from '../terminal.js';
import type { Terminal } from '../terminal.js';
import { AS_OPTION, readClaim } from './claim.js';
import { example, JSON_OPTION } from './command.js';
import type { Adds, Exit, Given } from './command.js';

interface RevokeOptions {
  readonly subject?: string;
  readonly because: string;
  readonly as?: string;
  readonly json?: true;
}

/** The command stays with what it ends for this many times `HOLD_SECONDS`: a slot is leased for twice as long. */
const HOLDS = 4;
/** How often it looks, ms. */
const LOOK_MS = 500;

/** `daypass revoke`. */
export const revoke: Adds = (program, given) => {
  program
    .command('revoke')
    .description('end a grant, or all grants of one person, at once')
    .argument('[grant]', "the grant's id, as `daypass grants` shows it, or the path of its file")
    .option('--subject <login>', 'end all grants of one person: a login, or id: and a GitHub id')
    .requiredOption('--because <text>', 'why; it is recorded and shown to everyone')
    .option(...AS_OPTION)
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      `${example(
        `daypass revoke access-grants/production/alice-orders.yml --because "INC-4830: laptop stolen"`,
        `daypass revoke --subject alice --because "INC-4830: laptop stolen"`,
      )}

Run it in the worker's environment. It needs the ledger and the targets, but no GitHub (unless GitHub is
the target), no Redis, no running worker and no healthy policy, and works while activation is paused.

It records the end first, then takes the access away itself, as workers do too, and waits four times
HOLD_SECONDS (a minute by default) until the access was seen to be gone. Grants that have no access yet are withdrawn. Its name for you is
recorded as a claim, because nothing proves it. The files of the grants stay and give nothing; remove
them in a pull request.

Exit code 0: everything has ended. 1: nothing was recorded, because there is nothing to end. 2: the
command is wrong, the ledger does not answer, or an end is recorded whose access was not seen gone yet.
Workers keep trying; running the command again shows how it stands.`,
    )
    .action(async (grant: string | undefined, options: RevokeOptions) => {
      given.done(await revoked(given, grant, options));
    });
};

async function revoked(
  given: Given,
  grant: string | undefined,
  options: RevokeOptions,
): Promise<Exit> {
  const { terminal, env } = given;
  const asked = readAsked(grant, options, env);
  if ('why' in asked) {
    terminal.err(shown(asked.why));
    return 2;
  }
  const config = readConfig('worker', env);
  const ending = openRevoke(config);
  try {
    const { because, claimed_by } = asked;
    const found = await ending.revoke(asked.asked, { because, claimed_by });
    if (!found.ok) {
      if (options.json) terminal.out(shownJson({ recorded: false, why: found.why }, 2));
      else terminal.err(shown(`nothing was recorded: ${found.why}`));
      return 1;
    }
    const { entries } = found;
    const first = entries[0];
    // On stderr, so that it is known even if the command is interrupted.
    terminal.err(
      `recorded for ${counted(entries.length, 'grant')}, from entry ${String(first?.seq)} on; taking access away`,
    );
    const ids = entries.flatMap((entry) => entry.grant ?? []);
    const left = patience(HOLDS * config.HOLD_SECONDS * 1000);
    const records = await Promise.all(ids.map((id) => ending.endNow(id, left, progress(terminal))));
    if (options.json) terminal.out(shownJson({ recorded: true, grants: records.map(told) }, 2));
    else for (const record of records) say(terminal, record);
    return records.some(({ state }) => begun(state)) ? 2 : 0;
  } finally {
    await ending.close();
  }
}

/** What the command line asks, or what is wrong with it. */
function readAsked(
  grant: string | undefined,
  { subject, because, as }: RevokeOptions,
  env: Given['env'],
):
  | { readonly asked: ToEnd; readonly because: string; readonly claimed_by: string }
  | { readonly why: string } {
  const claim = readClaim({ because, as }, env);
  if ('why' in claim) return claim;
  if ((grant === undefined) === (subject === undefined))
    return { why: 'name a grant, or a person with --subject, and not both' };
  if (subject === undefined) return { asked: { grant: grant ?? '' }, ...claim };
  const person = readSubject(subject);
  if (person) return { asked: person, ...claim };
  const quoted = JSON.stringify(subject.slice(0, 200));
  return { why: `${quoted} is neither a GitHub login nor id: and the number of an account` };
}

/** So many ms for all grants together. */
function patience(for_ms: number): () => Promise<boolean> {
  const until = performance.now() + for_ms;
  return async () => {
    if (performance.now() >= until) return false;
    await sleep(LOOK_MS);
    return true;
  };
}

/** Says each new error on the way. */
function progress(terminal: Terminal): (record: GrantRecord) => void {
  let before: string | null = null;
  return ({ id, error, state }) => {
    if (error !== null && error !== before && begun(state))
      terminal.err(shown(`still there: ${id}: ${error}; trying again`));
    before = error;
  };
}

function told({ id, state, subject, declared, ended_at, left, error }: GrantRecord) {
  const { environment, resource, role } = declared;
  const over = !begun(state);
  return { grant: id, subject, environment, resource, role, state, over, ended_at, left, error };
}

function say(terminal: Terminal, { id, state, subject, declared, left, error }: GrantRecord): void {
  const access = `${subject.login}, ${declared.role} on ${declared.resource} in ${declared.environment} (${id})`;
  if (begun(state)) {
    const why = error ?? 'another worker is at it';
    terminal.out(paint(terminal, 'red', shown(`NOT SEEN GONE YET: ${access}: ${why}`)));
    return;
  }
  const how = state === 'withdrawn' ? 'withdrawn before there was access' : `${state}, seen gone`;
  const rest = left.map(({ level, origin }) => `${level} (${origin})`).join(', ');
  const still = left.length === 0 ? '' : `; STILL THERE by something else: ${rest}`;
  const words = left.length === 0 ? how : state;
  terminal.out(
    paint(terminal, left.length === 0 ? 'green' : 'yellow', shown(`${words}: ${access}${still}`)),
  );
}
