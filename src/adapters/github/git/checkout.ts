import type { Checkout } from '../../../core/change/checkout.js';
import type { FileVersion, PathChange } from '../../../core/change/snapshot.js';
import type { PolicyTree } from '../../../core/policy/tree.js';
import { fingerprint } from '../../../core/reading/canonical.js';
import { FOLDERS, GRANTS, POLICIES } from '../../../core/reading/folders.js';
import type { Problem } from '../../../core/reading/problem.js';
import { readUtf8 } from '../../../core/reading/utf8.js';
import { Unreadable } from '../../../ports.js';
import type { Git } from './git.js';
import { readPolicyTree } from './policy-tree.js';
import { openWorkingTree } from './working-tree.js';

/** The default base: the first of these that exists. */
const BASES = ['origin/HEAD', 'origin/main', 'origin/master', 'main', 'master'];

/**
 * Reads a working tree against its base (see `openWorkingTree`). Throws `Unreadable`, saying what to do, when there is
 * no repository or no base.
 */
export async function readCheckout(folder: string, base: string | null): Promise<Checkout> {
  const tree = await openWorkingTree(folder);
  const found = await findBase(tree, base);
  const head = await tree.commit('HEAD');
  const merge_base = head === null ? found.commit : await tree.mergeBase(head, found.commit);
  if (merge_base === null) {
    throw new Unreadable(
      `HEAD shares no history with ${found.name}: name another base with --base, or fetch more history`,
    );
  }
  const before = await tree.listFiles(merge_base, FOLDERS);
  const tip = await tree.listFiles(found.commit, FOLDERS);
  const here = await tree.readFiles(FOLDERS);
  const unread = (entry: { mode: string; oid: string } | undefined): FileVersion | null =>
    entry ? { ...entry, content: null } : null;
  const changes = [...new Set([...before.keys(), ...here.keys()])]
    .sort()
    .map((path): PathChange => ({
      path,
      before: unread(before.get(path)),
      tip: unread(tip.get(path)),
      after: here.get(path) ?? null,
    }))
    .filter(({ before, after }) => before?.oid !== after?.oid || before?.mode !== after?.mode);
  const changed = new Map(changes.map((change) => [change.path, change.after]));
  const after = [...new Set([...tip.keys(), ...changed.keys()])].filter(
    (path) => changed.get(path) !== null,
  );
  const grants = changes.filter(({ path }) => path.startsWith(GRANTS));
  const policies = changes.filter(({ path }) => path.startsWith(POLICIES));
  return {
    base: found,
    comparison: {
      tip: found.commit,
      head: 'the working tree',
      merge_base,
      grants,
      policies,
      policies_tip: null,
      paths_after: after.filter((path) => path.startsWith(GRANTS)).sort(),
    },
    policies: { ...(await policiesOf(tree, found.commit)), ...policiesIn(here) },
  };
}

async function findBase(git: Git, named: string | null): Promise<Checkout['base']> {
  for (const name of named === null ? BASES : [named]) {
    if (/[\n\0]/.test(name)) break;
    const commit = await git.commit(name);
    if (commit !== null) return { name, commit };
  }
  throw new Unreadable(
    named === null
      ? `none of ${BASES.join(', ')} exists here: commit your files first, or name a base, such as --base upstream/main`
      : `there is no commit ${JSON.stringify(named)} here: fetch it first, or name another base with --base`,
  );
}

async function policiesOf(
  git: Git,
  commit: string,
): Promise<{ base: PolicyTree | null; unreadable: string | null }> {
  try {
    return { base: await readPolicyTree(git, commit), unreadable: null };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { base: null, unreadable: error.message };
  }
}

function policiesIn(found: ReadonlyMap<string, FileVersion>): {
  here: PolicyTree | null;
  problems: readonly Problem[];
} {
  const files: Record<string, string> = {};
  const problems: Problem[] = [];
  for (const [path, { mode, content }] of found) {
    if (!path.startsWith(`${POLICIES}/`)) continue;
    const text = mode.startsWith('100') && content !== null ? readUtf8(content) : null;
    if (text !== null) files[path.slice(POLICIES.length + 1)] = text;
    else {
      const message = `not a plain file of UTF-8 text below 256 KiB (mode ${mode})`;
      problems.push({ path, line: null, code: 'not_a_plain_file', message });
    }
  }
  const none = Object.keys(files).length === 0 && problems.length === 0;
  return { here: none ? null : { id: fingerprint(files), files }, problems };
}
