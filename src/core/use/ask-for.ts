import type { PolicyData } from '../policy/catalog.js';
import type { ReasonCode } from '../reading/reason.js';
import type { UseDecision } from './answer.js';
import { draftPath, draftText, type GrantDraft } from './draft.js';
import { newFileLink, type RepositoryPage } from './new-file.js';
import { requestLine } from './request-line.js';
import { smallestGrant } from './smallest.js';
import type { Question } from './weigh.js';

/** What would allow a denied use, and how to ask for it: by a file, by a link or by a command. */
export interface AskFor extends GrantDraft {
  readonly path: string;
  /** The file without its reason, which whoever asks has to write. */
  readonly content: string;
  /** Opens the file in GitHub's editor; null where the repository is not known or the link would be too long. */
  readonly link: string | null;
  readonly command: string;
}

/** Denials that another grant ends. What a rule denies, or nobody could decide, no grant allows. */
const GRANT_HELPS: readonly ReasonCode[] = [
  ...(['no_grant', 'not_started', 'ended', 'other_environment', 'out_of_scope'] as const),
];

/** The smallest grant that would allow a denied use, and how to ask for it; null where no grant would allow it. */
export function askFor(
  { allowed, reasons: [{ code }] }: UseDecision,
  question: Question,
  {
    data,
    providers,
    page,
  }: {
    readonly data: Pick<PolicyData, 'catalog' | 'settings'>;
    readonly providers: Parameters<typeof smallestGrant>[2];
    /** Null where nobody says what the access repository is. */
    readonly page: RepositoryPage | null;
  },
): AskFor | null {
  if (allowed || !GRANT_HELPS.includes(code)) return null;
  const draft = smallestGrant(question, data, providers);
  if (!draft) return null;
  const file = { path: draftPath(draft), content: draftText(draft) };
  const link = page && newFileLink(page, file);
  return { ...draft, ...file, link, command: requestLine(draft) };
}
