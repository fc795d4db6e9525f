import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Late, Unreadable } from '../../../ports.js';
import { claimFolder, removeFolder, removeHalfPacks } from './folder.js';
import type { Git } from './git.js';
import { BLOB_LIMIT, createGit } from './git.js';
import type { Ran } from './run.js';
import { GitStopped, lastLine, runGit } from './run.js';

const FETCH_BYTES = 1024 * 1024;
const LOCAL = { deadline_ms: 30_000, max_bytes: 128 * 1024 * 1024 };

/**
 * What makes it a partial clone: set only when objects are fetched or packed. A local command that misses a blob must
 * find it missing, and not fetch it.
 */
const PARTIAL = {
  'remote.origin.promisor': 'true',
  'remote.origin.partialCloneFilter': `blob:limit=${BLOB_LIMIT}`,
};

/** Where a clone fetches from, with the current token; `refresh` asks for a new one. */
export interface Remote {
  readonly url: string;
  readonly token: (refresh: boolean) => Promise<string>;
}

/** The clone is broken: a file of it is gone or wrong, or a killed git left a lock behind. */
export class Damaged extends Error {
  override readonly name = 'Damaged';
}

/** A bare partial clone of the access repository: objects to be read, nothing ever checked out. */
export interface Clone extends Git {
  /**
   * Fetches refspecs, one call at a time. Throws `Unreadable` when the repository has no such ref or commit, `Late`
   * when it does not arrive in time: others are waiting for their turn.
   */
  fetch(refspecs: readonly string[]): Promise<void>;
  /** Fetches those of these commits that are not here yet, by their SHA; throws `Unreadable` when one cannot be had. */
  needCommits(...shas: readonly string[]): Promise<void>;
  /** The commit that a ref of the clone points to; null when there is none. */
  readRef(ref: string): Promise<string | null>;
  /** Removes its folder, after any fetch that is running. */
  remove(): Promise<void>;
}

export interface CloneOptions {
  /** After this many fetches, their packs are merged. */
  readonly repack_after?: number;
  /** How long the first fetch that brings something may take, and any other, in milliseconds. */
  readonly first_ms?: number;
  readonly fetch_ms?: number;
}

type LocalOptions = Omit<NonNullable<Parameters<typeof runGit>[2]>, 'protocol'>;

const SHA = /^[0-9a-f]{40}$/;
const DENIED = /Authentication failed|could not read Username|returned error: 40[13]/;
const ABSENT = /couldn't find remote ref|not our ref|unadvertised object/;
const REJECTED = /fsck error/;
const BROKEN =
  /File exists|not a git repository|corrupt|bad object|loose object|packfile \S+ |unable to (?:read|find|open|create)|did not send all necessary/;

/** The error for a failed fetch. */
function fetchFailure(ran: Ran, refspecs: readonly string[]): Error {
  const { stderr } = ran;
  if (ABSENT.test(stderr)) return new Unreadable(`GitHub does not have ${refspecs.join(', ')}`);
  if (REJECTED.test(stderr)) return new Unreadable(`git refuses it: ${lastLine(ran)}`);
  if (BROKEN.test(stderr)) return new Damaged(lastLine(ran));
  return new Error(`git fetch failed: ${lastLine(ran)}`);
}

/** A clone in a folder of its own below `parent`, which is made when first needed. Needs `git` 2.31 or newer on the PATH. */
export function openClone(
  parent: string,
  remote: () => Promise<Remote>,
  { repack_after = 50, first_ms = 120_000, fetch_ms = 60_000 }: CloneOptions = {},
): Clone {
  let fetches = 0;
  let made: Promise<string> | null = null;
  let lane: Promise<unknown> = Promise.resolve();

  const inLane = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = lane.then(work);
    lane = turn.catch(() => undefined);
    return turn;
  };
  const make = async (): Promise<string> => {
    const folder = await claimFolder(parent);
    const ran = await runGit(['init', '--quiet', '--bare', '--template=', folder], LOCAL);
    if (ran.code !== 0) throw new Error(`git init failed: ${lastLine(ran)}`);
    return folder;
  };
  const ready = (): Promise<string> => {
    made ??= make().catch((error: unknown) => {
      made = null;
      throw error;
    });
    return made;
  };

  const fetchOnce = async (refspecs: readonly string[], refresh: boolean): Promise<void> => {
    const folder = await ready();
    const { url, token } = await remote();
    const basic = Buffer.from(`x-access-token:${await token(refresh)}`).toString('base64');
    const args = ['fetch', '--quiet', '--force', '--no-tags', '--no-write-fetch-head', '--refmap='];
    args.push('--no-recurse-submodules', '--no-auto-gc', `--filter=blob:limit=${BLOB_LIMIT}`);
    const ran = await runGit(
      ['--git-dir', folder, ...args, 'origin', ...refspecs],
      { deadline_ms: fetches === 0 ? first_ms : fetch_ms, max_bytes: FETCH_BYTES },
      {
        protocol: new URL(url).protocol === 'https:' ? 'https' : 'http',
        config: {
          'remote.origin.url': url,
          ...PARTIAL,
          'fetch.fsckObjects': 'true',
          'http.lowSpeedLimit': '1000',
          'http.lowSpeedTime': '20',
          [`http.${new URL(url).origin}/.extraHeader`]: `Authorization: Basic ${basic}`,
        },
      },
    );
    if (ran.code === 0) return;
    if (DENIED.test(ran.stderr) && !refresh) return fetchOnce(refspecs, true);
    throw fetchFailure(ran, refspecs);
  };
  const tidy = async (): Promise<void> => {
    fetches += 1;
    if (fetches % repack_after !== 0) return;
    await local(['pack-refs', '--all']);
    await local(['repack', '-a', '-d', '-q'], { config: PARTIAL });
  };
  const fetch = (refspecs: readonly string[]): Promise<void> =>
    inLane(async () => {
      try {
        await fetchOnce(refspecs, false);
      } catch (error) {
        await removeHalfPacks(await ready());
        if (error instanceof GitStopped && error.late) throw new Late(error.message);
        throw error;
      }
      await tidy();
    });

  /** Runs git on what is here already, without any network. */
  const local = async (args: readonly string[], options: LocalOptions = {}): Promise<Ran> => {
    const folder = await ready();
    const ran = await runGit(['--git-dir', folder, '--literal-pathspecs', ...args], LOCAL, options);
    if (ran.code > 1) throw new Damaged(lastLine(ran));
    return ran;
  };
  const git = createGit({
    run: (args, input) => local(args, input === undefined ? {} : { input }),
    damaged: (what) => new Damaged(what),
  });
  const absent = async (shas: readonly string[]): Promise<readonly string[]> => {
    const found = await git.inspect(shas.map((sha) => `${sha}^{commit}`));
    return shas.filter((_, i) => found[i] === null);
  };

  return {
    ...git,
    fetch,
    async needCommits(...shas) {
      if (!shas.every((sha) => SHA.test(sha))) throw new Unreadable('not a commit id');
      for (const sha of await absent(shas)) await fetch([`+${sha}:refs/daypass/commit/${sha}`]);
      const [other] = await absent(shas);
      if (other !== undefined) throw new Unreadable(`${other} is not a commit`);
    },
    async readRef(ref) {
      // A new ref is a file of its own ("gitrepository-layout"), read without starting git.
      const text = await readFile(join(await ready(), ref), 'latin1').catch(() => '');
      return git.commit(/^([0-9a-f]{40})\n$/.exec(text)?.[1] ?? ref);
    },
    remove: () => inLane(async () => removeFolder(await ready())),
  };
}
