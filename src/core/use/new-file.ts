/** The access repository as people open it in a browser. */
export interface RepositoryPage {
  /** The base of GitHub's pages, without a slash at the end. */
  readonly web: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly default_branch: string;
}

/**
 * The base of GitHub's pages for the base of its REST API: `https://github.com`, `https://SUBDOMAIN.ghe.com`, or the host
 * of a GitHub Enterprise Server, whose API is below `/api/v3`.
 */
export function webOf(api_url: string): string {
  const { protocol, host, pathname } = new URL(api_url);
  const page = host === 'api.github.com' || host.endsWith('.ghe.com');
  const name = page ? host.replace(/^api\./, '') : host;
  return `${protocol}//${name}${pathname.replace(/\/(api\/v3\/?)?$/, '')}`;
}

/** GitHub answers 414 to a longer address, and some proxies do so earlier. */
const LONGEST_LINK = 6_000;

/** A part of a path or query, also without the signs that Markdown, HTML and shells read as an end. */
const encoded = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
const encodedPath = (text: string) => text.split('/').map(encoded).join('/');

/**
 * The link that opens GitHub's editor on a new file with its path and content filled in, for anybody who may read the
 * repository; null where it would be longer than servers take, or no text of UTF-8.
 */
export function newFileLink(
  { web, repository, default_branch }: RepositoryPage,
  { path, content }: { readonly path: string; readonly content: string },
): string | null {
  if (/\p{Cs}/u.test(`${path}${content}${default_branch}`)) return null;
  const at = `${web}/${encodedPath(repository)}/new/${encodedPath(default_branch)}`;
  const link = `${at}?filename=${encodedPath(path)}&value=${encoded(content)}`;
  return link.length > LONGEST_LINK ? null : link;
}
