import { Unreadable } from '../../../ports.js';
import type { Remote } from './fetch.js';
import { fetchInto, PARTIAL } from './fetch.js';
import type { CloneFolder } from './folder.js';
import type { Ran } from './run.js';
import { lastLine, runGit } from './run.js';

/** The tip of the default branch, as it was fetched last. */
export const TIP = 'refs/daypass/tip';

const FINDINGS_BYTES = 1024 * 1024;

/**
 * What old versions of git and other programs wrote, and GitHub hosts: it says when and by whom in a form that is not
 * allowed any more, or writes a mode with a zero too many. None of it can name a path or an object other than it does.
 */
const OLD_ODDITIES = [
  ...['zeroPaddedFilemode', 'zeroPaddedDate', 'badDate', 'badDateOverflow', 'badTimezone'],
  ...['missingEmail', 'badEmail', 'badName', 'missingNameBeforeEmail', 'missingSpaceBeforeEmail'],
  ...['missingSpaceBeforeDate', 'multipleAuthors', 'nulInCommit'],
];

/**
 * The first fetch of an empty clone: the whole history of the default branch. It has been there for long, so old
 * oddities are no reason to refuse it; everything else that git's object checks know is. What is fetched later is new,
 * and held to all of them. A repository without a commit leaves the clone empty.
 */
export async function fetchFirst(
  folder: CloneFolder,
  remote: () => Promise<Remote>,
  deadline_ms: number,
): Promise<void> {
  try {
    // `fetch.fsck.*`, by which git could be told, has no effect on a partial clone (git 2.39).
    const fetched = { refspecs: [`+HEAD:${TIP}`], strict: false };
    await fetchInto(folder, remote, fetched, deadline_ms);
  } catch (error) {
    if (error instanceof Unreadable) return;
    throw error;
  }
  const ignored = OLD_ODDITIES.map((id) => [`fsck.${id}`, 'ignore']);
  const ran = await runGit(
    [
      '--git-dir',
      folder.path,
      'fsck',
      '--strict',
      '--no-dangling',
      '--no-reflogs',
      '--no-progress',
    ],
    { deadline_ms, max_bytes: FINDINGS_BYTES },
    {
      account: folder.account,
      config: { ...PARTIAL, ...(Object.fromEntries(ignored) as Record<string, string>) },
    },
  );
  if (ran.code !== 0) throw new Unreadable(`git refuses its history: ${finding(ran)}`);
}

function finding(ran: Ran): string {
  return /^error.*$/m.exec(ran.stderr)?.[0] ?? lastLine(ran);
}
