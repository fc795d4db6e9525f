import { pullTopic, readTopic, type Topic } from './topic.js';
import type { Delivery } from './delivery.js';

/**
 * Events on a pull request that change nothing about how it is judged. Daypass's own requests for reviewers cause some
 * of them.
 */
const UNJUDGED = new Set([
  ...['review_requested', 'review_request_removed', 'labeled', 'unlabeled'],
  ...['assigned', 'unassigned', 'milestoned', 'demilestoned'],
]);

/** The topics that a delivery wakes; none for what changes nothing here. */
export function topicsOf(
  delivery: Pick<Delivery, 'event' | 'action' | 'pull_request'>,
): readonly Topic[] {
  const { event, action, pull_request } = delivery;
  // For checks of a pull request from a fork, GitHub does not name the pull request.
  const pull = pull_request === null ? 'pulls:all' : pullTopic(pull_request);
  switch (event) {
    case 'pull_request':
      if (action !== null && UNJUDGED.has(action)) return [];
      // The merge's own push may come later, or never.
      return action === 'closed' ? [pull, 'tip'] : [pull];
    case 'pull_request_review':
      return [pull];
    case 'check_run':
    case 'check_suite':
      return wantsCheck(delivery) ? [pull] : [];
    case 'push':
      return ['tip', 'pulls'];
    // Different approvals may count now.
    case 'membership':
    case 'team':
      return ['pulls:all'];
    case 'installation':
    case 'installation_repositories':
    case 'repository':
      return ['tip'];
    default:
      return [];
  }
}

/** The topics that some deliveries wake together, each once. */
export function topicsOfAll(deliveries: readonly Parameters<typeof topicsOf>[0][]): Topic[] {
  return [...new Set(deliveries.flatMap(topicsOf))];
}

/**
 * What to look at in place of these topics and of deliveries that nobody has read: the tip, and the list of open pull
 * requests instead of any by its number, because only those in the list are worth a look.
 */
export function collapsed(topics: readonly Topic[]): Topic[] {
  const others = topics.filter((topic) => readTopic(topic)?.kind !== 'pull');
  return [...new Set<Topic>(['tip', 'pulls', ...others])];
}

/**
 * Whether somebody asked for the check again, with "Re-run" (`check_run`) or "Re-run all checks" (`check_suite`). GitHub
 * sets the check suite back to queued and waits for a run, whatever the last one said (REST, "Rerequest a check run"). It
 * notifies the app that made the check; an app that may write checks gets both events without subscribing ("Webhook
 * events and payloads").
 */
export function wantsCheck({ event, action }: Pick<Delivery, 'event' | 'action'>): boolean {
  return action === 'rerequested' && (event === 'check_run' || event === 'check_suite');
}
