/** What web keeps of one verified webhook: enough to know where to look; nothing in it is trusted (invariant 25). */
export interface Delivery {
  /** GitHub's `X-GitHub-Delivery`; a redelivery has the same. */
  readonly id: string;
  readonly event: string;
  readonly action: string | null;
  readonly installation_id: number | null;
  readonly repository_id: number | null;
  readonly pull_request: number | null;
  readonly ref: string | null;
}
