import { Document } from 'yaml';
import { GRANTS } from '../reading/folders.js';

/** What a grant file is to say, before there is one. */
export interface GrantDraft {
  readonly environment: string;
  /** A GitHub login. */
  readonly subject: string;
  readonly resource: string;
  readonly role: string;
  /** Exactly one of `duration` and `expires_at` is not null, both as people write them (invariant 12). */
  readonly duration: string | null;
  readonly expires_at: string | null;
  readonly starts_at: string | null;
  /** The actions of a scope; null for the whole role. */
  readonly actions: readonly string[] | null;
  /** Null where whoever asks still has to say why. */
  readonly reason: string | null;
  readonly ticket: string | null;
}

/**
 * The text of a draft's grant file: one key a line, quoted where YAML needs it, so that it says what the draft says and
 * nothing else. A missing reason is an empty key, which the check denies.
 */
export function draftText(draft: GrantDraft): string {
  const { actions, ...given } = draft;
  const keys = ['subject', 'resource', 'role', 'duration', 'expires_at', 'starts_at'] as const;
  const document = new Document({});
  for (const key of keys) if (given[key] !== null) document.set(key, given[key]);
  if (actions !== null)
    document.set('scope', { actions: document.createNode(actions, { flow: true }) });
  document.set('reason', given.reason);
  if (given.ticket !== null) document.set('ticket', given.ticket);
  // Folded lines would be another text in a diff.
  return document.toString({ lineWidth: 0, nullStr: '', flowCollectionPadding: false });
}

/** The longest slug. */
const SLUG_LENGTH = 64;

/**
 * The path of a draft's grant file, with a slug of subject and resource; from the second on, `copy` makes it another.
 * A login may have capitals and an underscore, a slug has neither.
 */
export function draftPath(
  { environment, subject, resource }: Pick<GrantDraft, 'environment' | 'subject' | 'resource'>,
  copy = 1,
): string {
  const tail = copy > 1 ? `-${String(copy)}` : '';
  const names = `${subject.toLowerCase().replaceAll('_', '-')}-${resource}`;
  const slug = names.slice(0, SLUG_LENGTH - tail.length).replace(/-+$/, '');
  return `${GRANTS}/${environment}/${slug}${tail}.yml`;
}
