import { resolve } from 'node:path';
import type { Checkout } from '../../../core/change/checkout.js';
import type { PolicyTree } from '../../../core/policy/tree.js';
import { fingerprint } from '../../../core/reading/canonical.js';
import { FOLDERS, GRANTS, POLICIES } from '../../../core/reading/folders.js';
import type { Problem } from '../../../core/reading/problem.js';
import type { FileVersion, PathChange } from '../../../core/change/snapshot.js';
import { readUtf8 } from '../../../core/reading/utf8.js';
import { Unreadable } from '../../../ports.js';
import type { Mirror } from './mirror.js';
import { inspect, listFiles, mergeBase } from './read.js';
import { runGit } from './run.js';
import { readStanding } from './working-tree.js';
import { readPolicyTree } from './policy-tree.js';

const MAX_PATHS = 3_000;
const BOUNDS = { deadline_ms: 30_000, max_bytes: 64 * 1024 * 1024 };

/** What a base is when none is named. */
const BASES = ['origin/HEAD', 'origin/main', 'origin/master', 'main', 'master'];

/**
 * Reads a working tree against its base by git alone, without any network and without running anything that the
 * repository brings: no hooks, filters or monitors. Throws `Unreadable`, saying what to do, where there is no
 * repository or no base.
 */
export async function readCheckout(folder: string, base: string | null): Promise<Checkout> {
  const top = await git(folder)(['rev-parse', '--show-toplevel']);
  const root = resolve(top.stdout.toString('utf8').replace(/\n$/, ''));
  const local = git(root);
  const repository: Mirror = {
    local,
    fetch: async () => {
      throw new Unreadable('it is not in this repository: fetch it first');
    },
    looseRef: () => Promise.resolve(null),
    memory: new Map<string, Buffer>(),
    damaged: (what) => {
      throw new Unreadable(`this repository is damaged: ${what}`);
    },
    mended: (work) => work(),
  };
  const found = await findBase(repository, base);
  const [head] = await inspect(repository, ['HEAD^{commit}']);
  const merge_base = head ? await mergeBase(repository, head.oid, found.commit) : found.commit;
  if (merge_base === null) {
    throw new Unreadable(
      `HEAD shares no history with ${found.name}: name its base with --base, or fetch more of it`,
    );
  }
  const before = await listFiles(repository, merge_base, FOLDERS);
  const tip = await listFiles(repository, found.commit, FOLDERS);
  const standing = await readAll(root, local);
  const unread = (entry: { mode: string; oid: string } | undefined): FileVersion | null =>
    entry ? { ...entry, content: null } : null;
  const changes = [...new Set([...before.keys(), ...standing.keys()])]
    .sort()
    .map((path): PathChange => ({
      path,
      before: unread(before.get(path)),
      tip: unread(tip.get(path)),
      after: standing.get(path) ?? null,
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
    policies: { ...(await policiesOf(repository, found.commit)), ...policiesIn(standing) },
  };
}

type Local = Mirror['local'];

function git(folder: string): Local {
  return async (args, input) => {
    const config = {
      // What the repository's own configuration could make git run.
      'core.fsmonitor': 'false',
      // Nothing is run, so it need not be ours: a container's checkout often is not.
      'safe.directory': '*',
    };
    const ran = await runGit(['-C', folder, '--literal-pathspecs', ...args], BOUNDS, {
      config,
      ...(input !== undefined && { input }),
    });
    if (ran.code > 1) {
      const said = ran.stderr.trim().split('\n').slice(-1).join('');
      throw new Unreadable(`git says: ${said}`);
    }
    return ran;
  };
}

async function findBase(repository: Mirror, named: string | null): Promise<Checkout['base']> {
  for (const name of named === null ? BASES : [named]) {
    if (/[\n\0]/.test(name)) break;
    const [commit] = await inspect(repository, [`${name}^{commit}`]);
    if (commit) return { name, commit: commit.oid };
  }
  throw new Unreadable(
    named === null
      ? `none of ${BASES.join(', ')} is here: commit what is there first, or name the base with --base, as --base upstream/main`
      : `there is no commit ${JSON.stringify(named)} here: fetch it first, or name another with --base`,
  );
}

/** Everything that git tracks or would add below the folders, as it stands on disk. */
async function readAll(root: string, local: Local): Promise<ReadonlyMap<string, FileVersion>> {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...FOLDERS];
  const { stdout } = await local(list);
  const names = stdout.toString('utf8').split('\0').filter(Boolean);
  // A repository inside of this one is listed with a slash.
  const paths = [...new Set(names.map((name) => name.replace(/\/$/, '')))];
  if (paths.length > MAX_PATHS) {
    throw new Unreadable(`access-grants/ and policies/ have more than ${MAX_PATHS} files`);
  }
  const found = new Map<string, FileVersion>();
  for (const path of paths) {
    const version = await readStanding(root, path);
    if (version) found.set(path, version);
  }
  return found;
}

async function policiesOf(
  repository: Mirror,
  commit: string,
): Promise<{ base: PolicyTree | null; unreadable: string | null }> {
  try {
    return { base: await readPolicyTree(repository, commit), unreadable: null };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { base: null, unreadable: error.message };
  }
}

function policiesIn(standing: ReadonlyMap<string, FileVersion>): {
  here: PolicyTree | null;
  problems: readonly Problem[];
} {
  const files: Record<string, string> = {};
  const problems: Problem[] = [];
  for (const [path, { mode, content }] of standing) {
    if (!path.startsWith(`${POLICIES}/`)) continue;
    const text = mode.startsWith('100') && content !== null ? readUtf8(content) : null;
    if (text !== null) files[path.slice(POLICIES.length + 1)] = text;
    else {
      const message = `found what is no plain file of UTF-8 text below 256 KiB (mode ${mode})`;
      problems.push({ path, line: null, message });
    }
  }
  const none = Object.keys(files).length === 0 && problems.length === 0;
  return { here: none ? null : { id: fingerprint(files), files }, problems };
}
