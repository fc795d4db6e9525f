import type { PendingFacts } from '../decision/grant-facts.js';
import type { Bodies } from './events.js';

/**
 * What an open pull request would give by its last decision. Null where it was not approved or takes access away: until
 * that has landed, the live grant stays unchanged.
 */
export function pendingFacts({ pull_request, body }: PendingDecision): PendingFacts | null {
  const input = body.replay?.input;
  if (!input?.grant || input.change.less || body.decision.outcome !== 'approved') return null;
  const { grant, previous } = input;
  const id = `${body.path}#${pull_request}`;
  const changes_from = previous?.id ?? null;
  return { ...grant, id, state: 'approved', ends_at: grant.expires_at, changes_from };
}

/** A decision on an open pull request, from the ledger. */
export interface PendingDecision {
  readonly pull_request: number;
  readonly body: Bodies['decision.made'];
}
