import { Late, Unreadable } from '../../../ports.js';
import type { CloneFolder } from './folder.js';
import { BLOB_LIMIT } from './git.js';
import type { Ran } from './run.js';
import { GitStopped, lastLine, runGit } from './run.js';

const FETCH_BYTES = 1024 * 1024;

/**
 * What makes it a partial clone: set only when objects are fetched, checked or packed. A local command that misses a
 * blob must find it missing, and not fetch it.
 */
export const PARTIAL = {
  'remote.origin.promisor': 'true',
  'remote.origin.partialCloneFilter': 'blob:none',
};

/** How long git waits for another git's lock on a ref, ms: both lanes fetch into one folder. */
const LOCK_MS = '2000';

/** Where a clone fetches from, with the current token; `refresh` asks for a new one. */
export interface Remote {
  readonly url: string;
  readonly token: (refresh: boolean) => Promise<string>;
}

/** The clone is broken: a file of it is gone or wrong, or a killed git left a lock behind. */
export class Damaged extends Error {
  override readonly name = 'Damaged';
}

/** What is fetched: either refs, or the files below some trees. */
export type Fetched =
  | {
      /** Commits and trees; no file comes with them. */
      readonly refspecs: readonly string[];
      /** Whether git's object checks refuse what is odd in any way. */
      readonly strict: boolean;
    }
  | {
      /** Ids of trees that are here: their files of less than BLOB_LIMIT come, in one pack. */
      readonly trees: readonly string[];
    };

const DENIED = /Authentication failed|could not read Username|returned error: 40[13]/;
const ABSENT = /couldn't find remote ref|not our ref|unadvertised object/;
const REJECTED = /fsck error/;
const BROKEN =
  /File exists|not a git repository|corrupt|bad object|loose object|packfile \S+ |unable to (?:read|find|open|create)|did not send all necessary/;

function fetchFailure(ran: Ran, asked: readonly string[]): Error {
  const { stderr } = ran;
  if (ABSENT.test(stderr)) return new Unreadable(`GitHub does not have ${asked.join(', ')}`);
  if (REJECTED.test(stderr)) return new Unreadable(`git refuses it: ${lastLine(ran)}`);
  if (BROKEN.test(stderr)) return new Damaged(lastLine(ran));
  return new Error(`git fetch failed: ${lastLine(ran)}`);
}

/**
 * Fetches into a bare repository. The ids of trees decide what their files are, and the trees were checked when they
 * came, so their files are not checked again. Throws `Unreadable` when GitHub does not have it or git refuses it,
 * `Late` when it does not arrive in time, and `Damaged` when the repository is broken.
 */
export async function fetchInto(
  folder: CloneFolder,
  remote: () => Promise<Remote>,
  fetched: Fetched,
  deadline_ms: number,
  refresh = false,
): Promise<void> {
  const { url, token } = await remote();
  const { origin, protocol } = new URL(url);
  const password = await token(refresh);
  const args = ['fetch', '--quiet', '--force', '--no-tags', '--no-write-fetch-head', '--refmap='];
  args.push('--no-recurse-submodules', '--no-auto-gc', '--stdin');
  const trees = 'trees' in fetched;
  // Without --refetch, git asks for nothing below a tree that it has.
  if (trees) args.push('--refetch', `--filter=blob:limit=${BLOB_LIMIT}`);
  else args.push('--filter=blob:none');
  const asked = trees ? fetched.trees : fetched.refspecs;
  const running = runGit(
    ['--git-dir', folder.path, ...args, 'origin'],
    { deadline_ms, max_bytes: FETCH_BYTES },
    {
      account: folder.account,
      protocol: protocol === 'https:' ? 'https' : 'http',
      token: { origin, password },
      input: `${asked.join('\n')}\n`,
      config: {
        'remote.origin.url': url,
        ...PARTIAL,
        'fetch.fsckObjects': String(!trees && fetched.strict),
        'core.filesRefLockTimeout': LOCK_MS,
        'http.lowSpeedLimit': '1000',
        'http.lowSpeedTime': '20',
      },
    },
  );
  const ran = await running.catch((error: unknown) => {
    if (error instanceof GitStopped && error.late) throw new Late(error.message);
    throw error;
  });
  if (ran.code === 0) return;
  if (DENIED.test(ran.stderr) && !refresh)
    return fetchInto(folder, remote, fetched, deadline_ms, true);
  throw fetchFailure(ran, asked);
}
