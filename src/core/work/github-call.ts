/** One call to GitHub, for metrics. What GitHub did not say is null. */
export interface GitHubCall {
  readonly kind: 'rest' | 'graphql' | 'git';
  /** `GET /repos/{owner}/{repo}`, `POST /graphql`, `fetch`: without names, so that there are few different ones. */
  readonly route: string;
  /** Null where no answer came, and for git. */
  readonly status: number | null;
  /** The limit that this call counts against: `core`, `graphql`, … */
  readonly resource: string | null;
  /** How many calls (for GraphQL: points) of `limit` are left until the hour is over. */
  readonly remaining: number | null;
  readonly limit: number | null;
  /** It was not sent, so that what is left of the hour's limit is there for ends and the default branch. */
  readonly held_back?: true;
}
