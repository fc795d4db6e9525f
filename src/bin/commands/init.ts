import { constants } from 'node:fs';
import { copyFile, lstat, mkdir, readdir } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shown, shownJson } from '../terminal.js';
import { example, JSON_OPTION } from './command.js';
import type { Adds, Exit, Given } from './command.js';

/** The checkout of Daypass: three folders up from here, from `src` and from `dist` alike. */
const PRODUCT = fileURLToPath(new URL('../../../', import.meta.url));

/** A refusal lists no more files than people read; `--json` lists all. */
const MOST_LISTED = 10;

const NEXT = `
Next:
  1. Edit policies/settings.yaml (your teams), policies/identities.yaml (who a person is in a database)
     and policies/catalog/ (your resources). policies/enforcement.yaml is for later: who may ask at use.
  2. Commit, and push to the default branch. The first start accepts these policies/ as they are.
  3. Install the App on that repository and start Daypass: README.md, "Installing the app on GitHub".`;

/** `daypass init`. */
export const init: Adds = (program, given) => {
  program
    .command('init')
    .description('copy the starter (policies/ and access-grants/) into an access repository')
    .argument('[folder]', 'a checkout of the access repository', '.')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      `${example('daypass init ../access')}\n\nIt overwrites nothing: if one of the files exists already, it copies none. At the end it says\nwhat to do next.`,
    )
    .action(async (folder: string, options: { json?: true }) => {
      given.done(await copy(given, folder, options.json ?? false));
    });
};

async function copy({ terminal, cwd }: Given, folder: string, json: boolean): Promise<Exit> {
  const into = resolve(cwd, folder);
  if (!(await statOf(into))?.isDirectory()) {
    terminal.err(shown(`there is no folder ${folder}: clone the access repository first`));
    return 1;
  }
  const files = await starterFiles();
  const taken: string[] = [];
  for (const file of files) if (await isTaken(into, file)) taken.push(file);
  if (taken.length > 0) {
    if (json) terminal.out(shownJson({ copied: [], would_overwrite: taken }, 2));
    else {
      terminal.err(
        'nothing was copied: these files exist already, or a link or a file is in their way:',
      );
      for (const file of taken.slice(0, MOST_LISTED)) terminal.err(`  ${file}`);
      const more = taken.length - MOST_LISTED;
      if (more > 0) terminal.err(`  and ${String(more)} more`);
    }
    return 1;
  }
  for (const file of files) {
    await mkdir(dirname(join(into, file)), { recursive: true });
    await copyFile(join(PRODUCT, file), join(into, file), constants.COPYFILE_EXCL);
  }
  if (json) terminal.out(shownJson({ copied: files, would_overwrite: [] }, 2));
  else {
    for (const file of files) terminal.out(file);
    terminal.out(shown(`copied ${String(files.length)} files into ${folder}`));
    terminal.out(NEXT);
  }
  return 0;
}

/** The files that a new access repository starts with: paths with `/`, sorted. */
async function starterFiles(): Promise<readonly string[]> {
  const found = await readdir(join(PRODUCT, 'policies'), { recursive: true, withFileTypes: true });
  const policies = found
    .filter((entry) => entry.isFile())
    .map((entry) => relative(PRODUCT, join(entry.parentPath, entry.name)).split(sep).join('/'));
  return ['access-grants/README.md', 'access-grants/schema.json', ...policies.sort()];
}

/** Whether something exists where a file would be written, or a link or a file where its folders would be. */
async function isTaken(into: string, file: string): Promise<boolean> {
  if (await statOf(join(into, file))) return true;
  for (let folder = dirname(file); folder !== '.'; folder = dirname(folder)) {
    const found = await statOf(join(into, folder));
    if (found && !found.isDirectory()) return true;
  }
  return false;
}

/** What is at a path itself, without following a link; null if there is nothing. */
async function statOf(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}
