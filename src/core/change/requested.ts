import type { RequestedFor } from '../grant/requested.js';
import type { Contributors, PullRequest } from './snapshot.js';

/** Where the requests App makes branches, and people who use `daypass request`. */
export const REQUEST_BRANCHES = 'daypass/';

/** Whether a record of its head may say for whom a pull request was opened: nobody else is asked about. */
export function mayBeRequested({ author, head_ref }: PullRequest): boolean {
  return author?.type === 'Bot' && head_ref.startsWith(REQUEST_BRANCHES);
}

/**
 * The record that says for whom a pull request was opened; null where none does. It must be that of its very head, opened
 * by the very account that made it, from its own branch in the access repository: any other commit or author is whose it
 * is (invariant 4).
 */
export function requestedBy(
  pull: PullRequest,
  repository_id: number,
  recorded: RequestedFor | null,
): RequestedFor | null {
  return recorded !== null &&
    mayBeRequested(pull) &&
    pull.author?.id === recorded.app.id &&
    pull.head_sha === recorded.commit &&
    pull.head_ref === recorded.branch &&
    pull.head_repository === repository_id
    ? recorded
    : null;
}

/** With the recorded person in the place of the App: who requested, and who contributed. */
export function inTheNameOf(
  { person, app }: RequestedFor,
  { people, unknown }: Contributors,
): Contributors {
  const others = people.filter(({ id }) => id !== app.id && id !== person.id);
  return { people: [...others, person].sort((a, b) => a.id - b.id), unknown };
}
