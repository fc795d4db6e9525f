import { z } from 'zod';
import type { Person } from '../../../core/grant/person.js';
import type { Contributors } from '../../../core/change/snapshot.js';
import type { Pushers } from './activity.js';
import type { ContributingCommit } from '../git/commits.js';
import { page } from '../../../clients/github/lists.js';
import { unique, user } from './people.js';

/** Who a commit is by: authors are its author and its co-authors. */
export const COMMIT_PEOPLE = `fragment commitPeople on Commit {
  authors(first: 100) { pageInfo { hasNextPage endCursor } nodes { user { login databaseId } } }
  committer { user { login databaseId } }
}`;

const gitActor = z.object({ user: user.nullable() });
export const commitPeople = z.object({ authors: page(gitActor), committer: gitActor.nullable() });
export type CommitPeople = z.infer<typeof commitPeople>;

const short = (sha: string): string => sha.slice(0, 10);

/**
 * The people of one contributing commit, or why they cannot all be determined. Never quotes a name or address from a
 * commit.
 */
function peopleOf(
  { sha, web }: ContributingCommit,
  found: CommitPeople | undefined,
): { people: Person[]; unknown: string[] } {
  if (!found)
    return { people: [], unknown: [`GitHub does not show commit ${short(sha)}: push it again`] };
  const { authors, committer } = found;
  const actors = [...authors.nodes, ...(web ? [] : [committer ?? { user: null }])];
  const remedy = 'amend it with an address that a GitHub account has, and push again';
  const unknown: string[] = [];
  const strangers = [
    ...(authors.nodes.some((one) => one.user === null) ? ['an author'] : []),
    ...(!web && !committer?.user ? ['a committer'] : []),
  ];
  if (strangers.length > 0) {
    const who = strangers.join(' and ');
    unknown.push(`commit ${short(sha)} has ${who} without a GitHub account: ${remedy}`);
  }
  if (authors.pageInfo.hasNextPage || authors.nodes.length === 0)
    unknown.push(`cannot determine all authors of commit ${short(sha)}: split it, and push again`);
  return { people: actors.flatMap((one) => one.user ?? []), unknown };
}

function pushed(
  pushers: Pushers | null,
  ref: string,
): { people: readonly Person[]; unknown: string[] } {
  if (pushers === null)
    return {
      people: [],
      unknown: [
        `cannot read who pushed to ${ref}: push the branch to this repository, and open the pull request from there`,
      ],
    };
  const unknown = pushers.gone.map(
    (after) =>
      `someone whose account is gone pushed ${short(after)} to ${ref}: open the pull request from a new branch`,
  );
  if (!pushers.shows_head)
    unknown.push(`GitHub's activity for ${ref} does not show its head: push to it again`);
  return { people: pushers.people, unknown };
}

/**
 * Everybody who contributed to a head (invariant 4): who pushed to its branch, and the authors, co-authors and
 * committers of its contributing commits (null: too many). The reasons why somebody could not be determined are in
 * `unknown`.
 */
export function tellContributors(from: {
  readonly commits: readonly ContributingCommit[] | null;
  readonly people: ReadonlyMap<string, CommitPeople>;
  readonly pushers: Pushers | null;
  readonly ref: string;
}): Contributors {
  const told = [
    pushed(from.pushers, from.ref),
    ...(from.commits ?? []).map((commit) => peopleOf(commit, from.people.get(commit.sha))),
  ];
  const untold =
    from.commits === null
      ? [
          `the commits of ${from.ref} are too many or share no history with the base: start a new branch from it`,
        ]
      : [];
  return {
    people: unique(told.flatMap(({ people }) => people)),
    unknown: [...untold, ...told.flatMap(({ unknown }) => unknown)],
  };
}
