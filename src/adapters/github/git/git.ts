import type { CommitLink } from '../../../core/ledger/steps.js';
import type { TreeEntry } from '../../../core/policy/tree-id.js';
import { LRUCache } from 'lru-cache';
import { OverLimits } from '../../../ports.js';
import type { Ran } from './run.js';

/** Blobs of this many bytes and more are never fetched, so that nobody can fill our disk with one. */
export const BLOB_LIMIT = 256 * 1024;

const MEMORY_BYTES = 64 * 1024 * 1024;
const SHA = /^[0-9a-f]{40}$/;
const FULL_ID = /^[0-9a-f]{40}(?![0-9a-f])/;
const ZERO = '0'.repeat(40);

/** One path that differs between two commits. */
export interface Difference {
  readonly path: string;
  readonly before: TreeEntry | null;
  readonly after: TreeEntry | null;
}

/** An object of git, without its content; `size` in bytes. */
interface GitObject {
  readonly oid: string;
  readonly type: string;
  readonly size: number;
}

/** A blob, and a tree that it is below: `<commit>:<folder>`, or `<id of a tree>:<folder>`. */
export interface PlacedBlob {
  readonly oid: string;
  readonly folder: string;
}

/** The folder of a path, below what `root` names (`<commit>:`, `<commit>:<folder>/`). */
export function folderOf(root: string, path: string): string {
  return `${root}${path.slice(0, Math.max(0, path.lastIndexOf('/')))}`.replace(/\/$/, '');
}

/** Questions to a repository about objects that it already has; commits and trees are named by their full ids. */
export interface Git {
  /** The commit that a name of any kind (a ref, an id) points to; null when there is none. */
  commit(name: string): Promise<string | null>;
  /** What each name (`<sha>`, `<sha>:policies`) is; null if there is nothing. */
  inspect(names: readonly string[]): Promise<readonly (GitObject | null)[]>;
  /** The best common ancestor; null if the histories have none. */
  mergeBase(one: string, other: string): Promise<string | null>;
  /** The commits of `from..to`, oldest first, along first parents only or over all; null when more than `max`. */
  listCommits(
    range: { readonly from: string; readonly to: string; readonly first_parent: boolean },
    max: number,
  ): Promise<readonly CommitLink[] | null>;
  /** The e-mail address of the committer of each commit. */
  committers(shas: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Every file below `paths` (of a commit or tree), submodules included, by path. Bytes that are not UTF-8 become U+FFFD. */
  listFiles(tree: string, paths: readonly string[]): Promise<ReadonlyMap<string, TreeEntry>>;
  /** The files at or below `paths` that differ between two commits; a rename is a removal and an addition. */
  listDifferences(before: string, after: string, paths: readonly string[]): Promise<Difference[]>;
  /**
   * The contents of blobs by object; null for one of `largest` bytes or more (from BLOB_LIMIT on it is never fetched),
   * and for what is not a blob. Throws `OverLimits` above `max_total` bytes.
   */
  readBlobs(
    blobs: readonly PlacedBlob[],
    max_total: number,
    largest?: number,
  ): Promise<ReadonlyMap<string, Uint8Array | null>>;
}

/** How a repository is asked. */
interface GitFolder {
  /** Runs git there; exit codes 0 and 1 are answers, any other throws. */
  readonly run: (args: readonly string[], input?: string) => Promise<Ran>;
  /** The lines of `cat-file --batch-check`, one for each name without a line feed; by default git is run for them. */
  readonly check?: (names: readonly string[]) => Promise<readonly string[]>;
  /** The error for an answer that an intact repository never gives. */
  readonly damaged: (what: string) => Error;
}

const split = (out: Buffer, separator: string): string[] =>
  out.toString('utf8').split(separator).filter(Boolean);

/**
 * Git's answers about one repository. What it says about objects by their full ids never changes, and starting git is
 * expensive, so such an answer is remembered, up to 64 MiB of them. Packing drops nothing that was fetched (git's
 * "partial-clone" design).
 */
export function createGit({ run, check, damaged }: GitFolder): Git {
  const memory = new LRUCache<string, Buffer>({
    maxSize: MEMORY_BYTES,
    sizeCalculation: (answer, question) => answer.length + question.length + 1,
  });

  /** Asks a question whose objects are all named by their full ids. */
  async function once(args: readonly string[], input?: string): Promise<Buffer> {
    const question = [...args, input ?? ''].join('\0');
    const known = memory.get(question);
    if (known) return known;
    const { stdout } = await run(args, input);
    memory.set(question, stdout);
    return stdout;
  }

  const checkOnce = async (names: readonly string[]): Promise<readonly string[]> => {
    const { stdout } = await run(['cat-file', '--batch-check'], `${names.join('\n')}\n`);
    return stdout.toString('utf8').split('\n');
  };

  async function inspect(names: readonly string[]): Promise<(GitObject | null)[]> {
    const answers = new Map(
      names.map((name) => [name, memory.get(name)?.toString('latin1') ?? '']),
    );
    const unknown = [...answers].flatMap(([name, answer]) => (answer === '' ? [name] : []));
    if (unknown.length > 0) {
      // A line feed would make two questions of a name, and whoever asks next would get the wrong answers.
      const broken = unknown.some((name) => name.includes('\n'));
      const found = await (broken ? checkOnce : (check ?? checkOnce))(unknown);
      for (const [i, name] of unknown.entries()) answers.set(name, found[i] ?? '');
    }
    return names.map((name) => {
      const answer = answers.get(name) ?? '';
      const [oid = '', type = '', size] = answer.split(' ');
      if (!SHA.test(oid) || size === undefined) return null;
      // A ref may move, and a missing object may arrive.
      if (FULL_ID.test(name)) memory.set(name, Buffer.from(answer, 'latin1'));
      return { oid, type, size: Number(size) };
    });
  }

  return {
    inspect,

    async commit(name) {
      return (await inspect([`${name}^{commit}`]))[0]?.oid ?? null;
    },

    async mergeBase(one, other) {
      const found = (await once(['merge-base', one, other])).toString('latin1').trim();
      return found === '' ? null : found;
    },

    async listCommits({ from, to, first_parent }, max) {
      const args = ['rev-list', '--topo-order', '--reverse', '--parents', `--max-count=${max + 1}`];
      if (first_parent) args.push('--first-parent');
      const found = split(await once([...args, to, `^${from}`]), '\n').map((line) => {
        const [sha = '', ...parents] = line.split(' ');
        return { sha, parents };
      });
      return found.length > max ? null : found;
    },

    async committers(shas) {
      if (shas.length === 0) return new Map();
      const args = ['log', '--no-walk=unsorted', '--stdin', '--format=%H %ce'];
      const lines = split(await once(args, `${shas.join('\n')}\n`), '\n');
      return new Map(lines.map((line) => [line.slice(0, 40), line.slice(41)]));
    },

    async listFiles(tree, paths) {
      const stdout = await once(['ls-tree', '-r', '-z', '--full-tree', tree, ...paths]);
      return new Map(
        split(stdout, '\0').map((line) => {
          const tab = line.indexOf('\t');
          const [mode = '', , oid = ''] = line.slice(0, tab).split(' ');
          return [line.slice(tab + 1), { mode, oid }] as const;
        }),
      );
    },

    async listDifferences(before, after, paths) {
      const args = ['diff-tree', '-r', '-z', '--raw', '--no-renames', '--no-abbrev', before, after];
      const fields = split(await once([...args, '--', ...paths]), '\0');
      const found: Difference[] = [];
      for (let i = 0; i + 1 < fields.length; i += 2) {
        const [was = '', is = '', old = '', now = ''] = fields[i]?.slice(1).split(' ') ?? [];
        found.push({
          path: fields[i + 1] ?? '',
          before: old === ZERO ? null : { mode: was, oid: old },
          after: now === ZERO ? null : { mode: is, oid: now },
        });
      }
      return found;
    },

    async readBlobs(blobs, max_total, largest = BLOB_LIMIT) {
      const wanted = [...new Set(blobs.map(({ oid }) => oid))];
      const small = (await inspect(wanted)).flatMap((object) =>
        object?.type === 'blob' && object.size < largest ? [object] : [],
      );
      const total = small.reduce((sum, { size }) => sum + size, 0);
      if (total > max_total)
        throw new OverLimits(`the files are more than ${max_total} bytes together`);
      const contents = new Map<string, Uint8Array | null>(wanted.map((oid) => [oid, null]));
      if (small.length === 0) return contents;
      const asked = small.map(({ oid }) => oid);
      const stdout = await once(['cat-file', '--batch'], `${asked.join('\n')}\n`);
      let at = 0;
      for (const { oid, size } of small) {
        const start = stdout.indexOf(10, at) + 1;
        if (stdout.toString('latin1', at, start) !== `${oid} blob ${size}\n`)
          throw damaged(`${oid} is not here any more`);
        contents.set(oid, Uint8Array.from(stdout.subarray(start, start + size)));
        at = start + size + 1;
      }
      return contents;
    },
  };
}
