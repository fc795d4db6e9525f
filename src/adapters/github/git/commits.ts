import { FOLDERS } from '../../../core/reading/folders.js';
import type { CommitLink } from '../../../core/ledger/steps.js';
import type { Git } from './git.js';

const MAX_COMMITS = 5_000;
/** GitHub is asked about the people of each; no honest request has more. */
const MAX_CONTRIBUTING = 200;
/** The committer of everything committed on GitHub's website; it is nobody's account. */
const WEB_COMMITTER = 'noreply@github.com';

/** A commit whose author and co-authors contributed, and its committer unless that was GitHub itself. */
export interface ContributingCommit {
  readonly sha: string;
  readonly web: boolean;
}

/**
 * The commits of `from..to` over all parents whose `access-grants/` or `policies/` differs from that of every parent
 * (invariant 4): a merge that took one side unchanged does not count, one that made something of its own does. A first
 * commit counts when it has the folder at all. Null above 5,000 commits, or 200 that count.
 */
export async function findContributingCommits(
  git: Git,
  from: string,
  to: string,
): Promise<readonly ContributingCommit[] | null> {
  const links = await git.listCommits({ from, to, first_parent: false }, MAX_COMMITS);
  if (links === null) return null;
  const names = [...new Set(links.flatMap(({ sha, parents }) => [sha, ...parents]))].flatMap(
    (sha) => FOLDERS.map((folder) => `${sha}:${folder}`),
  );
  const found = await git.inspect(names);
  const trees = new Map(names.map((name, i) => [name, found[i]?.oid ?? null]));
  const differs = ({ sha, parents }: CommitLink, folder: string): boolean => {
    const before =
      parents.length === 0 ? [null] : parents.map((one) => trees.get(`${one}:${folder}`));
    return before.every((tree) => tree !== trees.get(`${sha}:${folder}`));
  };
  const shas = links
    .filter((link) => FOLDERS.some((folder) => differs(link, folder)))
    .map(({ sha }) => sha);
  if (shas.length > MAX_CONTRIBUTING) return null;
  const emails = await git.committers(shas);
  return shas.map((sha) => ({ sha, web: emails.get(sha) === WEB_COMMITTER }));
}
