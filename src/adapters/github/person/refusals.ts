import { isAnswer, statusOf } from '../../../clients/github/requests.js';

/** GitHub's own words; what its answers say is shown to the person who asked, cut to a line or two. */
const said = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split(' - https://')[0]?.slice(0, 300) ??
  '';

/** What to do about a status. */
function remedy(status: number, repository: string, login: string | null): string {
  const who = login ?? 'the token';
  switch (status) {
    case 401:
      return 'sign in again with `gh auth login`, or set GH_TOKEN to a valid token';
    case 403:
      return `${who} may not do this in ${repository}, or the token lacks the permission: a fine-grained token needs contents and pull requests (write), a classic one the scope repo, and with single sign-on it must be authorised for the organisation`;
    case 404:
      return `GitHub does not show ${repository} to ${who}, or the token lacks the permission: check ACCESS_REPOSITORY`;
    default:
      return '';
  }
}

/** A failed call in words: what could not be done, what GitHub said, and what to do about it. Never has the token. */
export function inWords(
  error: unknown,
  what: string,
  { repository, login }: { readonly repository: string; readonly login: string | null },
): string {
  const status = statusOf(error);
  if (status !== null && !isAnswer(error))
    return `${what}: GitHub does not answer (${said(error)}): check the network and GITHUB_API_URL`;
  const then = status === null ? '' : remedy(status, repository, login);
  return `${what}: ${said(error)}${then === '' ? '' : `: ${then}`}`;
}
