import { createLedger } from '../../src/adapters/postgres/ledger/ledger.js';
import type { Bodies, Entry, EntryKind } from '../../src/core/ledger/events.js';
import type { PullRequestFull } from '../github/views/types.js';
import { ACCESS_REPOSITORY, APP_ID } from './acme.js';
import type { Name } from './acme.js';
import type { Check, Installation } from '../processes/installation.js';
import { until } from '../until.js';

/** What a person asks for: a branch with files to add, change or remove (null). */
export interface Asked {
  readonly who: Name;
  readonly branch: string;
  readonly files: Readonly<Record<string, string | null>>;
}

/** Opens a pull request, has it approved by `by`, and waits until the check succeeds. */
export async function approved(
  acme: Installation,
  { who, branch, files }: Asked,
  by: readonly Name[] = ['bob', 'carol'],
): Promise<PullRequestFull> {
  const pull = await acme.ask(who, branch, files);
  await approve(acme, pull.number, by);
  await acme.check(pull.head.sha, (check) => check.title.startsWith('Approved:'));
  return pull;
}

/** The same as `approved`, then merged by the requester. */
export async function merged(
  acme: Installation,
  asked: Asked,
  by?: readonly Name[],
): Promise<PullRequestFull> {
  const pull = await approved(acme, asked, by);
  await acme.people[asked.who].merge(ACCESS_REPOSITORY, pull.number);
  return pull;
}

/** Approves a pull request as each of `by`. */
export async function approve(
  acme: Installation,
  number: number,
  by: readonly Name[],
): Promise<void> {
  for (const name of by) await acme.people[name].review(ACCESS_REPOSITORY, number, 'APPROVE');
}

/** The failed check of a head, with its annotations as `line: message`. */
export async function denial(
  acme: Installation,
  sha: string,
): Promise<{ readonly check: Check; readonly lines: readonly string[] }> {
  const check = await acme.check(
    sha,
    // A very early pull request first gets the answer that Daypass has not started yet.
    ({ title }) => title.startsWith('Denied:') && !title.includes('has not started'),
  );
  const annotations = await acme.people.root.must<{ start_line: number; message: string }[]>(
    'GET',
    `/repos/${ACCESS_REPOSITORY}/check-runs/${String(check.id)}/annotations`,
  );
  return {
    check,
    lines: annotations.map(({ start_line, message }) => `${String(start_line)}: ${message}`),
  };
}

/** The commit that a pull request would merge now. */
export async function headOf(acme: Installation, number: number): Promise<string> {
  return (await acme.people.root.pullRequest(ACCESS_REPOSITORY, number)).head.sha;
}

/** Closes a pull request without merging it, or reopens it. */
export async function setState(
  acme: Installation,
  who: Name,
  number: number,
  state: 'open' | 'closed',
): Promise<void> {
  const path = `/repos/${ACCESS_REPOSITORY}/pulls/${String(number)}`;
  await acme.people[who].must('PATCH', path, { state });
}

/** The status of GitHub's answer to an attempt to merge. */
export async function mergeStatus(acme: Installation, who: Name, number: number): Promise<number> {
  const path = `/repos/${ACCESS_REPOSITORY}/pulls/${String(number)}/merge`;
  return (await acme.people[who].call('PUT', path, {})).status;
}

/** The app's one comment on a pull request, once it matches. */
export function comment(acme: Installation, number: number, says: RegExp): Promise<string> {
  return until(`a comment on #${String(number)} that says ${String(says)}`, () => {
    const all = [...acme.github.state.comments.values()].filter(
      (one) => one.number === number && one.app_id === APP_ID,
    );
    const body = all[0]?.body ?? 'none yet';
    if (all.length === 1 && says.test(body)) return Promise.resolve(body);
    return Promise.reject(new Error(all.length > 1 ? `${String(all.length)} comments` : body));
  });
}

/** Every entry of the ledger, of one grant or of one pull request, oldest first. */
export function entries(
  acme: Installation,
  of: { readonly grant?: string; readonly pull_request?: number } = {},
): Promise<readonly Entry[]> {
  return createLedger(acme.ledger).entries({ ...of, limit: 5000 });
}

/** The bodies of the entries of one kind. */
export function bodies<K extends EntryKind>(all: readonly Entry[], kind: K): readonly Bodies[K][] {
  return all.filter((entry) => entry.kind === kind).map((entry) => entry.body as Bodies[K]);
}
