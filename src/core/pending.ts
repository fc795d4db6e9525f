import type { LiveFacts } from './grant-facts.js';
import type { Bodies } from './ledger/events.js';

/** What an open pull request was last decided to give; null where it was not approved or takes access away. */
export function pendingFacts({ pull_request, body }: PendingDecision): LiveFacts | null {
  const grant = body.replay?.input.grant;
  if (!grant || body.decision.outcome !== 'approved') return null;
  const id = `${body.path}#${pull_request}`;
  return { ...grant, id, state: 'approved', ends_at: grant.expires_at };
}

/** A decision of an open pull request, as the ledger has it. */
export interface PendingDecision {
  readonly pull_request: number;
  readonly body: Bodies['decision.made'];
}
