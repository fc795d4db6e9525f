import type { PartialGrant } from '../grant/grant.js';
import type { GrantRecord } from '../grant/record.js';
import { checkWindow } from '../grant/window.js';
import { own, type Problem } from '../reading/problem.js';
import { unknownNames, type Against, type ResolvedGrant } from './resolve.js';

/** An identity at a provider, and the id of the first account that used it. */
export interface IdentityUse {
  readonly provider: string;
  readonly identity: string;
  readonly subject_id: number;
}

/** Everything that a grant file is held to. */
export interface FileQuery extends Against {
  /** The grants of the ledger that are scheduled, activating or active. */
  readonly live: readonly GrantRecord[];
  /** Who used each identity first (invariant 6). */
  readonly used: readonly IdentityUse[];
  readonly now: Date;
  /** Whether windows have changed since the comparison landed, so that they are no longer checked against `now`. */
  readonly rewindowed?: boolean;
}

/** What else is wrong with a file that has problems, so that its author learns of everything at once. */
export function unfit(
  part: PartialGrant,
  record: GrantRecord | null,
  query: FileQuery,
): readonly Problem[] {
  return [...unknownNames(part, query), ...unfitWindow(part, record, query)];
}

/**
 * The problems of a window that can be read, in a file that cannot be resolved: there is no change that could be denied
 * for them. Left out for the file of a live grant, because it is unknown whether it extends that and from which start.
 */
export function unfitWindow(
  { path, lines, window }: Pick<PartialGrant, 'path' | 'lines' | 'window'>,
  record: GrantRecord | null,
  { data, now, rewindowed = false }: FileQuery,
): readonly Problem[] {
  if (!window || record || rewindowed) return [];
  return checkWindow(window, now, data.settings).map((problem) => ({
    ...problem,
    path,
    line: own(lines, problem.key) ?? null,
  }));
}

/** An identity that another id uses belongs to that person, unless identities.yaml says otherwise (invariant 6). */
export function identityProblems(to: ResolvedGrant, query: FileQuery): readonly Problem[] {
  const { data, live, used } = query;
  const { provider, identity } = to.entitled.slot;
  const said = Object.values(data.identities.people).some(
    (person) => person.github_id === to.subject.id && own(person.at, provider) === identity,
  );
  const other = live.find(
    ({ subject, entitled }) =>
      subject.id !== to.subject.id &&
      entitled?.slot.provider === provider &&
      entitled.slot.identity === identity,
  );
  const first = used.find(
    (use) =>
      use.subject_id !== to.subject.id && use.provider === provider && use.identity === identity,
  );
  if (said || (!other && !first)) return [];
  const { path, lines } = to.declared;
  const whose = other
    ? `is used by account ${other.subject.id} in ${other.declared.path}`
    : `was first used by account ${first?.subject_id}`;
  const message = `subject: the identity "${identity}" at ${provider} ${whose}. If it is this person's, say so in identities.yaml.`;
  const line = own(lines, 'subject') ?? null;
  return [{ path, line, code: 'identity_taken', key: 'subject', message }];
}
