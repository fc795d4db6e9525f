import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import type { OsAccount } from '../../../clients/account.js';
import { Unreadable } from '../../../ports.js';
import type { Fetched, Remote } from './fetch.js';
import { Damaged, fetchInto, PARTIAL } from './fetch.js';
import { fetchFirst } from './first-fetch.js';
import type { CloneFolder } from './folder.js';
import { claimFolder, otherFolders, readSmall, removeFolder, removePacks } from './folder.js';
import type { Git, PlacedBlob } from './git.js';
import { createGit } from './git.js';
import { takeKept } from './kept.js';
import { createObjectCheck } from './object-check.js';
import type { Ran } from './run.js';
import { lastLine, runGit } from './run.js';

const LOCAL = { deadline_ms: 30_000, max_bytes: 128 * 1024 * 1024 };

/** A bare partial clone of the access repository: objects to be read, nothing ever checked out. */
export interface Clone extends Git {
  /**
   * Fetches refspecs without files, one call at a time. Throws `Unreadable` when the repository has no such ref or
   * commit, `Late` when it does not arrive in time: others are waiting for their turn.
   */
  fetch(refspecs: readonly string[]): Promise<void>;
  /** Fetches those of these commits that are not here yet, by their SHA; throws `Unreadable` when one cannot be had. */
  needCommits(...shas: readonly string[]): Promise<void>;
  /** The commit that a ref of the clone points to; null when there is none. */
  readRef(ref: string): Promise<string | null>;
}

/**
 * What fetches wait for: `tip` only for others that the default branch needs, which may take access away; `heads` for
 * each other, so that pull requests that come late keep only pull requests waiting.
 */
export type FetchLane = 'tip' | 'heads';

/** One clone in both of its lanes. */
export interface Clones extends Readonly<Record<FetchLane, Clone>> {
  /** Removes its folder, after the fetches that are running. */
  remove(): Promise<void>;
}

export interface CloneOptions {
  /** After this many fetches, their packs are merged. */
  readonly repack_after?: number;
  /** How long making the clone may take, and any other fetch, in milliseconds. */
  readonly first_ms?: number;
  readonly fetch_ms?: number;
  /** Take nothing from earlier clones. */
  readonly anew?: boolean;
  /** Whose account git runs as; undefined: this process's own. It must be able to pass through `parent`. */
  readonly account?: OsAccount | undefined;
}

type LocalOptions = Pick<NonNullable<Parameters<typeof runGit>[2]>, 'config' | 'input'>;

const SHA = /^[0-9a-f]{40}$/;
/** So many trees are remembered to have all their files that may be fetched. */
const TREES = 10_000;

/**
 * A clone in a folder of its own below `parent`, which is made when first needed: from what earlier clones hold, else
 * from the default branch. No file comes with a commit; `readBlobs` fetches what it lacks. Needs `git` 2.36 or newer on
 * the PATH.
 */
export function openClone(
  parent: string,
  remote: () => Promise<Remote>,
  options: CloneOptions = {},
): Clones {
  const { repack_after = 50, first_ms = 120_000, fetch_ms = 60_000, anew = false } = options;
  let fetches = 0;
  let made: Promise<CloneFolder> | null = null;
  const lines = { tip: Promise.resolve<unknown>(null), heads: Promise.resolve<unknown>(null) };
  const whole = new LRUCache<string, true>({ max: TREES });

  const inLane = <T>(lane: FetchLane, work: () => Promise<T>): Promise<T> => {
    const turn = lines[lane].then(work);
    lines[lane] = turn.catch(() => undefined);
    return turn;
  };
  const ready = (): Promise<CloneFolder> => {
    made ??= makeClone(parent, remote, { first_ms, anew, account: options.account }).catch(
      (error: unknown) => {
        made = null;
        throw error;
      },
    );
    return made;
  };

  let running = 0;
  let halves = false;
  let tidied: Promise<void> = Promise.resolve();
  const fetchOne = async (fetched: Fetched): Promise<void> => {
    const folder = await ready();
    await tidied;
    running += 1;
    try {
      await fetchInto(folder, remote, fetched, fetch_ms);
    } catch (error) {
      halves = true;
      throw error;
    } finally {
      running -= 1;
      // Half a pack may also be one that is still coming.
      if (halves && running === 0) {
        halves = false;
        tidied = removePacks(folder, 'half');
        await tidied;
      }
    }
  };
  const repack = async (): Promise<void> => {
    await local(['pack-refs', '--all']);
    await local(['repack', '-a', '-d', '-q'], { config: PARTIAL });
    // It would keep the old packs open.
    objects.close();
  };
  const fetch = (lane: FetchLane, fetched: Fetched): Promise<void> =>
    inLane(lane, async () => {
      await fetchOne(fetched);
      fetches += 1;
      if (lane === 'tip' || fetches < repack_after) return;
      fetches = 0;
      await repack();
    });

  /** Runs git on what is here already, without any network. */
  const local = async (args: readonly string[], given: LocalOptions = {}): Promise<Ran> => {
    const { path, account } = await ready();
    const all = ['--git-dir', path, '--literal-pathspecs', ...args];
    const ran = await runGit(all, LOCAL, { ...given, account });
    if (ran.code > 1) throw new Damaged(lastLine(ran));
    return ran;
  };
  const objects = createObjectCheck(ready);
  const git = createGit({
    check: (names) => objects.ask(names),
    run: (args, input) => local(args, input === undefined ? {} : { input }),
    damaged: (what) => new Damaged(what),
  });
  const absent = async (names: readonly string[]): Promise<readonly string[]> => {
    const found = await git.inspect(names);
    return names.filter((_, i) => found[i] === null);
  };
  /** Fetches all files of the folders that these are in, in one call. What is still missing then is too large. */
  const needBlobs = async (lane: FetchLane, blobs: readonly PlacedBlob[]): Promise<void> => {
    const missing = new Set(await absent([...new Set(blobs.map(({ oid }) => oid))]));
    const places = new Map(blobs.map(({ oid, folder }) => [oid, folder]));
    const folders = new Set([...missing].flatMap((oid) => places.get(oid) ?? []));
    const found = await git.inspect([...folders]);
    const trees = found.flatMap((one) => (one?.type === 'tree' ? [one.oid] : []));
    const wanted = [...new Set(trees)].filter((tree) => !whole.has(tree));
    if (wanted.length === 0) return;
    await fetch(lane, { trees: wanted });
    for (const tree of wanted) whole.set(tree, true);
  };

  const inOwn = (lane: FetchLane): Clone => ({
    ...git,
    fetch: (refspecs) => fetch(lane, { refspecs, strict: true }),
    async needCommits(...shas) {
      if (!shas.every((sha) => SHA.test(sha))) throw new Unreadable('not a commit id');
      const commits = shas.map((sha) => `${sha}^{commit}`);
      for (const name of await absent(commits)) {
        const sha = name.slice(0, 40);
        const refspecs = [`+${sha}:refs/daypass/${lane}/${sha}`];
        await fetch(lane, { refspecs, strict: true });
      }
      const [other] = await absent(commits);
      if (other !== undefined) throw new Unreadable(`${other.slice(0, 40)} is not a commit`);
    },
    async readRef(ref) {
      // A new ref is a file of its own ("gitrepository-layout"), read without starting git.
      const { path, account } = await ready();
      const text = await readSmall(join(path, ref), account?.uid, 41);
      return git.commit(/^([0-9a-f]{40})\n$/.exec(text ?? '')?.[1] ?? ref);
    },
    async readBlobs(blobs, ...limits) {
      await needBlobs(lane, blobs);
      return git.readBlobs(blobs, ...limits);
    },
  });
  return {
    tip: inOwn('tip'),
    heads: inOwn('heads'),
    async remove() {
      await Promise.all([lines.tip, lines.heads]);
      const folder = await made?.catch(() => null);
      objects.close();
      if (folder) await removeFolder(folder.path);
    },
  };
}

/** Makes a clone, and removes those that nobody uses any more. Throws, and leaves nothing, if it cannot be made. */
async function makeClone(
  parent: string,
  remote: () => Promise<Remote>,
  {
    first_ms,
    anew,
    account,
  }: { readonly first_ms: number; readonly anew: boolean } & Pick<CloneOptions, 'account'>,
): Promise<CloneFolder> {
  const folder = await claimFolder(parent, account);
  const { path: own } = folder;
  try {
    const init = ['init', '--quiet', '--bare', '--template=', own];
    const ran = await runGit(init, LOCAL, { account });
    if (ran.code !== 0) throw new Error(`git init failed: ${lastLine(ran)}`);
    const others = await otherFolders(parent, own);
    const [newest] = anew ? [] : others;
    const taken = newest !== undefined && (await takeKept(newest, folder, first_ms));
    if (!taken) await fetchFirst(folder, remote, first_ms);
    for (const { path, over } of others) if (over) await removeFolder(path);
    return folder;
  } catch (error) {
    await removeFolder(own);
    throw error;
  }
}
