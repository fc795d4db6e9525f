import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import { Late, Unreadable } from '../../../ports.js';
import { claimFolder, removeFolder, removeHalfPacks } from './folder.js';
import type { Ran } from './run.js';
import { GitStopped, lastLine, runGit } from './run.js';

/** Blobs of this many bytes and more are never fetched, so that nobody can fill our disk with one. */
export const BLOB_LIMIT = 256 * 1024;

const FETCH_BYTES = 1024 * 1024;
/** Of what is remembered, at most. */
const MEMORY_BYTES = 64 * 1024 * 1024;
const LOCAL = { deadline_ms: 30_000, max_bytes: 128 * 1024 * 1024 };

/**
 * What makes it a partial clone: told only where objects come or are packed. A local command that misses a blob
 * must find it missing, and not fetch it.
 */
const PARTIAL = {
  'remote.origin.promisor': 'true',
  'remote.origin.partialCloneFilter': `blob:limit=${BLOB_LIMIT}`,
};

/** Where the mirror fetches from, with the token of the moment; `refresh` asks for a new one. */
export interface Remote {
  readonly url: string;
  readonly token: (refresh: boolean) => Promise<string>;
}

/** The mirror is broken: a file of it is gone or wrong, or a killed git left a lock behind. */
class Damaged extends Error {
  override readonly name = 'Damaged';
  constructor(
    message: string,
    readonly generation: number,
  ) {
    super(message);
  }
}

interface Memory {
  get(question: string): Buffer | undefined;
  set(question: string, answer: Buffer): unknown;
}

/** A bare partial clone of the access repository: objects to be read, nothing ever checked out. */
export interface Mirror {
  /**
   * Fetches refspecs, one call at a time. Throws `Unreadable` where the repository has no such ref or commit, `Late`
   * where it does not come in time: others wait for their turn.
   */
  fetch(refspecs: readonly string[]): Promise<void>;
  /** Runs git on what is here already, without any network; exit codes 0 and 1 are answers. */
  local(args: readonly string[], input?: string): Promise<Ran>;
  /** The commit of a ref as git keeps a new one, in a file of its own ("gitrepository-layout"); null where it does not. */
  looseRef(ref: string): Promise<string | null>;
  /**
   * What git answered about objects by their full ids, by question: that never changes, and to start git is what
   * costs. A new mirror has a new one; packing drops nothing that was fetched (git's "partial-clone" design).
   */
  readonly memory: Memory;
  /** What git says cannot be: throws so that `mended` takes a new mirror. */
  damaged(what: string): never;
  /** Runs `work`; if the mirror turns out to be damaged, once more on a new one. */
  mended<T>(work: () => Promise<T>): Promise<T>;
}

const DENIED = /Authentication failed|could not read Username|returned error: 40[13]/;
const ABSENT = /couldn't find remote ref|not our ref|unadvertised object/;
const REJECTED = /fsck error/;
const BROKEN =
  /File exists|not a git repository|corrupt|bad object|loose object|packfile \S+ |unable to (?:read|find|open|create)|did not send all necessary/;

interface MirrorOptions {
  /** After so many fetches what they brought is packed together. */
  readonly repack_after: number;
  readonly first_ms: number;
  readonly fetch_ms: number;
}

type LocalOptions = Omit<NonNullable<Parameters<typeof runGit>[2]>, 'protocol'>;

const emptyMemory = (): Memory =>
  new LRUCache<string, Buffer>({
    maxSize: MEMORY_BYTES,
    sizeCalculation: (answer, question) => answer.length + question.length + 1,
  });

/**
 * A mirror in a folder of its own below `parent`, made when first needed. It is a cache: when damaged it is left for
 * another and fetched again. Needs `git` 2.31 or newer on the PATH. A fetch may take `fetch_ms`, the first that brings
 * something `first_ms`.
 */
export function openMirror(
  parent: string,
  remote: () => Promise<Remote>,
  { repack_after = 50, first_ms = 120_000, fetch_ms = 60_000 }: Partial<MirrorOptions> = {},
): Mirror {
  let generation = 0;
  let fetches = 0;
  let memory = emptyMemory();
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
  const renew = (broken: number): Promise<void> =>
    inLane(async () => {
      if (broken !== generation) return;
      const folder = await ready();
      generation += 1;
      fetches = 0;
      memory = emptyMemory();
      made = null;
      await removeFolder(folder);
    });

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
    const { code, stderr } = ran;
    if (code === 0) return;
    if (DENIED.test(stderr) && !refresh) return fetchOnce(refspecs, true);
    if (ABSENT.test(stderr)) throw new Unreadable(`GitHub does not have ${refspecs.join(', ')}`);
    if (REJECTED.test(stderr)) throw new Unreadable(`git refuses it: ${lastLine(ran)}`);
    if (BROKEN.test(stderr)) throw new Damaged(lastLine(ran), generation);
    throw new Error(`git fetch failed: ${lastLine(ran)}`);
  };
  const tidy = async (): Promise<void> => {
    fetches += 1;
    if (fetches % repack_after !== 0) return;
    await local(['pack-refs', '--all']);
    await local(['repack', '-a', '-d', '-q'], { config: PARTIAL });
  };
  const local = async (args: readonly string[], options: LocalOptions = {}): Promise<Ran> => {
    const folder = await ready();
    const from = generation;
    const ran = await runGit(['--git-dir', folder, '--literal-pathspecs', ...args], LOCAL, options);
    if (ran.code > 1) throw new Damaged(lastLine(ran), from);
    return ran;
  };

  return {
    fetch: (refspecs) =>
      inLane(async () => {
        try {
          await fetchOnce(refspecs, false);
        } catch (error) {
          await removeHalfPacks(await ready());
          if (error instanceof GitStopped && error.late) throw new Late(error.message);
          throw error;
        }
        await tidy();
      }),
    local: (args, input) => local(args, input === undefined ? {} : { input }),
    async looseRef(ref) {
      const text = await readFile(join(await ready(), ref), 'latin1').catch(() => '');
      return /^([0-9a-f]{40})\n$/.exec(text)?.[1] ?? null;
    },
    get memory() {
      return memory;
    },
    damaged(what) {
      throw new Damaged(what, generation);
    },
    async mended(work) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof Damaged)) throw error;
        await renew(error.generation);
        return work();
      }
    },
  };
}
