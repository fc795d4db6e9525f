import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { openLedger } from '../../compose/cli.js';
import { readConfig } from '../../config.js';
import { readHeads, leftOpen, type KeptHead } from '../../core/ledger/kept-head.js';
import { counted } from '../../core/reading/problem.js';
import { findOpa } from '../find-opa.js';
import { paint, shown, shownJson } from '../terminal.js';
import { example, JSON_OPTION, policiesFolder } from './command.js';
import type { Exit, Given } from './command.js';

const ABOUT = `
Checked are every entry, the row of every grant and its due time against the entries, and the archived
policy trees against the digests in the entries. The command only reads.

A head that was kept outside the database tells what no check inside it can: that the chain was not cut
off or written anew. Every check summary on GitHub ends with one. --head takes it as SEQ:HASH, or the text
of the summary, or a file with either, with lines of the log, or with the output of --json.

--replay also asks the archived policy each recorded question again, and decides again on what the entry
says that was known then. Each decision must come out the same.`;

interface VerifyFlags {
  readonly replay?: true;
  readonly head?: readonly string[];
  readonly json?: true;
}

/** `daypass audit verify`. */
export function addVerify(audit: Command, given: Given): void {
  audit
    .command('verify')
    .description('check that the ledger is complete, unaltered and consistent with itself')
    .option('--head <head...>', 'heads kept elsewhere: SEQ:HASH, the text of a check, or a file')
    .option('--replay', 'make every recorded decision again, and compare')
    .option(...JSON_OPTION)
    .addHelpText('after', `${example('daypass audit verify --head heads.txt')}\n${ABOUT}`)
    .action(async (options: VerifyFlags) => {
      given.done(await verify(given, options));
    });
}

async function verify({ terminal, env, cwd }: Given, options: VerifyFlags): Promise<Exit> {
  const heads: KeptHead[] = [];
  for (const head of options.head ?? []) heads.push(...(await headsIn(head, cwd)));
  const ledger = openLedger(readConfig('cli', env));
  try {
    const replay = options.replay ?? false;
    const made = { home: policiesFolder(env), opa: await findOpa(env), replay };
    const found = await ledger.verify(heads, made);
    if (!found.ok) {
      const known = found.ok === false;
      const says = known
        ? paint(terminal, 'red', 'the ledger is not intact')
        : paint(terminal, 'yellow', 'could not tell whether the ledger is intact');
      terminal.out(options.json ? shownJson(found) : `${says}: ${shown(found.why)}`);
      return known ? 1 : 2;
    }
    const untold = [...leftOpen(heads, found.head), ...found.untold];
    if (options.json) {
      terminal.out(shownJson({ ...found, heads: heads.length, untold }));
      return 0;
    }
    const { seq, hash } = found.head;
    const again = found.decisions === undefined ? '' : `, ${madeAgain(found.decisions)}`;
    const parts = `${String(seq)} entries, ${counted(found.grants, 'grant')}${again}`;
    terminal.out(
      `${paint(terminal, 'green', 'the ledger is intact')}: ${parts}, the head is ${String(seq)}:${hash}`,
    );
    if (heads.length > 0)
      terminal.out(
        `it contains ${heads.length === 1 ? 'the head' : `all ${heads.length} heads`} kept elsewhere`,
      );
    for (const line of untold) terminal.out(`not known: ${shown(line)}`);
    return 0;
  } finally {
    await ledger.close();
  }
}

const madeAgain = (count: number) => `${counted(count, 'decision')} made again`;

/** A file of check summaries or log lines is far smaller. */
const MOST_BYTES = 64 * 1024 * 1024;

/** The heads in the value of `--head`, or in the file that it names. Throws if there are none. */
async function headsIn(given: string, cwd: string): Promise<readonly KeptHead[]> {
  const here = readHeads(given);
  if (here.length > 0) return here;
  const path = resolve(cwd, given);
  const size = await stat(path).then(
    (found) => (found.isFile() ? found.size : null),
    () => null,
  );
  const form = 'use SEQ:HASH with a hash of 64 hex digits, the text of a check, or a file';
  if (size === null)
    throw new Error(`--head ${given.slice(0, 200)} is neither a head nor a file: ${form}`);
  if (size > MOST_BYTES)
    throw new Error(`--head ${path} has ${size} bytes; at most ${MOST_BYTES} are read`);
  const found = readHeads(await readFile(path, 'utf8'));
  if (found.length === 0) throw new Error(`--head ${path} contains no head of a ledger: ${form}`);
  return found;
}
