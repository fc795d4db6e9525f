import { Octokit } from '@octokit/rest';

/** Nothing is written to the console: errors are thrown, and a log could have a secret (invariant 24). */
export const SILENT = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Where GitHub's REST API is, and how it is reached. */
export interface ApiPlace {
  /** Base of the REST API, as `GITHUB_API_URL` gives it. */
  readonly apiUrl: string;
  readonly fetch?: typeof globalThis.fetch;
}

/** An Octokit that says nothing; `auth` is a token that goes with each request. */
export function createOctokit({ apiUrl, fetch }: ApiPlace, auth?: string): Octokit {
  return new Octokit({
    baseUrl: apiUrl,
    log: SILENT,
    request: fetch ? { fetch } : {},
    ...(auth !== undefined && { auth }),
  });
}
