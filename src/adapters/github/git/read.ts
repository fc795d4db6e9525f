import { OverLimits, Unreadable } from '../../../ports.js';
import type { Mirror } from './mirror.js';
import { BLOB_LIMIT } from './mirror.js';

const SHA = /^[0-9a-f]{40}$/;
const FULL_ID = /^[0-9a-f]{40}(?![0-9a-f])/;
const ZERO = '0'.repeat(40);

/** One entry of a tree: git's mode and object. */
export interface Entry {
  readonly mode: string;
  readonly oid: string;
}

/** One path that differs between two commits. */
export interface Difference {
  readonly path: string;
  readonly before: Entry | null;
  readonly after: Entry | null;
}

/** A commit with all its parents. */
export interface Link {
  readonly sha: string;
  readonly parents: readonly string[];
}

const lines = (out: Buffer, separator: string): string[] =>
  out.toString('utf8').split(separator).filter(Boolean);

/** What git says to a question whose objects are all named by their full ids: it is asked once. */
export async function constant(
  mirror: Mirror,
  args: readonly string[],
  input?: string,
): Promise<Buffer> {
  const { memory } = mirror;
  const question = [...args, input ?? ''].join('\0');
  const known = memory.get(question);
  if (known) return known;
  const { stdout } = await mirror.local(args, input);
  memory.set(question, stdout);
  return stdout;
}

/** What each name (`<sha>`, `<sha>:policies`) is: its object, type and size; null where there is nothing. */
export async function inspect(
  mirror: Mirror,
  names: readonly string[],
): Promise<({ oid: string; type: string; size: number } | null)[]> {
  const { memory } = mirror;
  const answers = new Map(names.map((name) => [name, memory.get(name)?.toString('latin1') ?? '']));
  const unknown = [...answers].flatMap(([name, answer]) => (answer === '' ? [name] : []));
  if (unknown.length > 0) {
    const input = `${unknown.join('\n')}\n`;
    const { stdout } = await mirror.local(['cat-file', '--batch-check'], input);
    const found = stdout.toString('utf8').split('\n');
    for (const [i, name] of unknown.entries()) answers.set(name, found[i] ?? '');
  }
  return names.map((name) => {
    const answer = answers.get(name) ?? '';
    const [oid = '', type = '', size] = answer.split(' ');
    if (!SHA.test(oid) || size === undefined) return null;
    // A ref may move, and what is missing may come.
    if (FULL_ID.test(name)) memory.set(name, Buffer.from(answer, 'latin1'));
    return { oid, type, size: Number(size) };
  });
}

/** Makes sure that commits are here, fetching what is not by its SHA; throws `Unreadable` where one cannot be had. */
export async function needCommits(mirror: Mirror, ...shas: readonly string[]): Promise<void> {
  if (!shas.every((sha) => SHA.test(sha))) throw new Unreadable('not a commit id');
  const absent = async () => {
    const found = await inspect(
      mirror,
      shas.map((sha) => `${sha}^{commit}`),
    );
    return shas.filter((_, i) => found[i] === null);
  };
  const wanted = await absent();
  if (wanted.length === 0) return;
  for (const sha of wanted) await mirror.fetch([`+${sha}:refs/daypass/commit/${sha}`]);
  const [other] = await absent();
  if (other !== undefined) throw new Unreadable(`${other} is not a commit`);
}

/** The commit that a ref of the mirror points to; null where there is none. */
export async function readRef(mirror: Mirror, ref: string): Promise<string | null> {
  const loose = await mirror.looseRef(ref);
  const name = `${loose ?? ref}^{commit}`;
  return (await inspect(mirror, [name]))[0]?.oid ?? null;
}

/**
 * The contents of blobs by object; null where one has `largest` bytes or more (above BLOB_LIMIT it is never
 * fetched), or is no blob. Throws `OverLimits` above `max_total` bytes.
 */
export async function readBlobs(
  mirror: Mirror,
  oids: readonly string[],
  max_total: number,
  largest: number = BLOB_LIMIT,
): Promise<ReadonlyMap<string, Uint8Array | null>> {
  const wanted = [...new Set(oids)];
  const known = await inspect(mirror, wanted);
  const small = known.flatMap((object) =>
    object?.type === 'blob' && object.size < largest ? [object] : [],
  );
  const total = small.reduce((sum, { size }) => sum + size, 0);
  if (total > max_total)
    throw new OverLimits(`the files are more than ${max_total} bytes together`);
  const contents = new Map<string, Uint8Array | null>(wanted.map((oid) => [oid, null]));
  if (small.length === 0) return contents;
  const asked = small.map(({ oid }) => oid);
  const stdout = await constant(mirror, ['cat-file', '--batch'], `${asked.join('\n')}\n`);
  let at = 0;
  for (const { oid, size } of small) {
    const start = stdout.indexOf(10, at) + 1;
    if (stdout.toString('latin1', at, start) !== `${oid} blob ${size}\n`)
      mirror.damaged(`${oid} is not here any more`);
    contents.set(oid, Uint8Array.from(stdout.subarray(start, start + size)));
    at = start + size + 1;
  }
  return contents;
}

/** Every file below `paths` (of a commit or tree), submodules included, by path. Bytes that are no UTF-8 become U+FFFD. */
export async function listFiles(
  mirror: Mirror,
  tree: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, Entry>> {
  const args = ['ls-tree', '-r', '-z', '--full-tree', tree, ...paths];
  const stdout = await constant(mirror, args);
  return new Map(
    lines(stdout, '\0').map((line) => {
      const tab = line.indexOf('\t');
      const [mode = '', , oid = ''] = line.slice(0, tab).split(' ');
      return [line.slice(tab + 1), { mode, oid }] as const;
    }),
  );
}

/** The files at or below `paths` that differ between two commits; a rename is a removal and an addition. */
export async function listDifferences(
  mirror: Mirror,
  before: string,
  after: string,
  paths: readonly string[],
): Promise<Difference[]> {
  const args = ['diff-tree', '-r', '-z', '--raw', '--no-renames', '--no-abbrev', before, after];
  const stdout = await constant(mirror, [...args, '--', ...paths]);
  const fields = lines(stdout, '\0');
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
}

/** The best common ancestor; null where the histories have none. */
export async function mergeBase(mirror: Mirror, a: string, b: string): Promise<string | null> {
  const found = (await constant(mirror, ['merge-base', a, b])).toString('latin1').trim();
  return found === '' ? null : found;
}

/** True when `older` is `newer` or one of its ancestors. */
export async function isAncestor(mirror: Mirror, older: string, newer: string): Promise<boolean> {
  return (await mergeBase(mirror, older, newer)) === older;
}

/** The commits of `from..to`, oldest first, along first parents only or over all; null when more than `max`. */
export async function listCommits(
  mirror: Mirror,
  range: { readonly from: string; readonly to: string; readonly first_parent: boolean },
  max: number,
): Promise<readonly Link[] | null> {
  const args = ['rev-list', '--topo-order', '--reverse', '--parents', `--max-count=${max + 1}`];
  if (range.first_parent) args.push('--first-parent');
  const stdout = await constant(mirror, [...args, range.to, `^${range.from}`]);
  const found = lines(stdout, '\n').map((line) => {
    const [sha = '', ...parents] = line.split(' ');
    return { sha, parents };
  });
  return found.length > max ? null : found;
}
