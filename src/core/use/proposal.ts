import { plain, prose, WHOLE_WORDS } from '../report/escape.js';
import type { GrantDraft } from './draft.js';

/** GitHub's limit. */
const TITLE = 256;

/** The title and the text of the pull request for a draft; `opened` says how it came about. Whatever its reason says, they mention and link nobody. */
export function proposalWords(
  { subject, role, resource, environment, duration, expires_at, reason, ticket }: GrantDraft,
  opened = 'Opened with `daypass request`.',
): { readonly title: string; readonly body: string } {
  const until = duration === null ? `until ${expires_at ?? ''}` : `for ${duration}`;
  const title = plain(`${subject}: ${role} on ${resource} in ${environment} ${until}`, TITLE);
  const why = prose(reason ?? '', WHOLE_WORDS);
  const about = ticket === null ? [] : [`Ticket: ${prose(ticket, WHOLE_WORDS)}`];
  return { title, body: [why, ...about, opened].join('\n\n') };
}
