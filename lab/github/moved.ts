import { canSee } from './access.js';
import type { Reply } from './http.js';
import { fullName, repoByFormerName, repoByName } from './lookup.js';
import type { Identity, State } from './state.js';

/**
 * GitHub's redirects lead to `/repositories/7000/…`: returns the route that such a path stands for, and other paths
 * unchanged.
 */
export function byId(state: State, path: string): string {
  const [, id = '', rest = ''] = /^\/repositories\/(\d+)(\/.+)$/.exec(path) ?? [];
  const repo = state.repos.get(Number(id));
  return repo && rest !== '' ? `/repos/${fullName(state, repo)}${rest}` : path;
}

/**
 * The redirect of a repository that was renamed or transferred, for callers who may see it; null for any other call. As
 * on GitHub it leads to the repository by its id, 301 for reads and 307 for the rest.
 */
export function moved(
  state: State,
  identity: Identity,
  { owner, repo: name }: Readonly<Record<string, string>>,
  url: URL,
  method: string,
): Reply | null {
  if (owner === undefined || name === undefined || repoByName(state, owner, name)) return null;
  const repo = repoByFormerName(state, owner, name);
  const jwt = identity.app !== null && identity.installation === null;
  if (!repo || (!jwt && !canSee(state, identity, repo))) return null;
  const rest = url.pathname
    .split('/')
    .slice(4)
    .map((part) => `/${part}`)
    .join('');
  const location = `${state.url}/repositories/${repo.id}${rest}${url.search}`;
  const message = method === 'GET' ? 'Moved Permanently' : 'Temporary Redirect';
  const documentation_url =
    'https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api#follow-redirects';
  return {
    status: method === 'GET' ? 301 : 307,
    headers: { location },
    body: { message, url: location, documentation_url },
  };
}
