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

/** The fields of a delivery that say what it wakes. */
export type Waking = Pick<Delivery, 'event' | 'action' | 'pull_request' | 'ref'>;

/** What is known of the repository when deliveries are sorted. */
export interface KnownRepository {
  /** Null before first start. */
  readonly default_branch: string | null;
  /** The pull requests that are worth a look by their number: they were in the list of open ones when it was last read. */
  readonly listed: ReadonlySet<number>;
}

/**
 * The topics that a delivery wakes; none for what changes nothing here. What a delivery says is only claimed (invariant
 * 25): for a pull request that is not known to be open, the list of open ones is read, and nothing else.
 */
export function topicsOf(delivery: Waking, known: KnownRepository): readonly Topic[] {
  const { event, action, pull_request, ref } = delivery;
  // For checks of a pull request from a fork, GitHub does not name the pull request.
  const pull =
    pull_request === null
      ? 'pulls:all'
      : known.listed.has(pull_request)
        ? pullTopic(pull_request)
        : 'pulls';
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
      return isElsewhere(ref, known) ? ['pulls'] : ['tip', 'pulls'];
    // Different approvals may count now, and somebody may have left.
    case 'membership':
      return ['pulls:all', 'people'];
    case 'team':
      return ['pulls:all'];
    case 'organization':
      return ['people'];
    case 'installation':
    case 'installation_repositories':
    case 'repository':
      return ['tip'];
    default:
      return [];
  }
}

/** Whether a push names another branch than the default branch, or a tag. */
function isElsewhere(ref: string | null, { default_branch }: KnownRepository): boolean {
  return ref !== null && default_branch !== null && ref !== `refs/heads/${default_branch}`;
}

/** The topics that some deliveries wake together, each once. */
export function topicsOfAll(deliveries: readonly Waking[], known: KnownRepository): Topic[] {
  return [...new Set(deliveries.flatMap((one) => topicsOf(one, known)))];
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
