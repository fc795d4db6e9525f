/** One call that was sent to GitHub, as it is counted. What GitHub did not tell is null. */
export interface GitHubCall {
  readonly kind: 'rest' | 'graphql' | 'git';
  /** `GET /repos/{owner}/{repo}`, `POST /graphql`, `fetch`: no names, so that there are few of them. */
  readonly route: string;
  /** Null where no answer came, and of git. */
  readonly status: number | null;
  /** What this call counts against: `core`, `graphql`, … */
  readonly resource: string | null;
  /** So many calls (of GraphQL: points) are left of `limit` until the hour is over. */
  readonly remaining: number | null;
  readonly limit: number | null;
}
