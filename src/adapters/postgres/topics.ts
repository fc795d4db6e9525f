import type { Delivery } from '../../ports.js';

/** The topics that a delivery wakes; none for what changes nothing here. */
export function topicsOf(
  delivery: Pick<Delivery, 'event' | 'action' | 'pull_request'>,
): readonly string[] {
  const { event, action, pull_request } = delivery;
  // GitHub names no pull request for the checks of one from a fork.
  const pull = pull_request === null ? 'pulls:all' : `pull:${pull_request}`;
  switch (event) {
    case 'pull_request':
      // The merge's own push may come later, or never.
      return action === 'closed' ? [pull, 'tip'] : [pull];
    case 'pull_request_review':
      return [pull];
    case 'check_run':
    case 'check_suite':
      return wantsCheck(delivery) ? [pull] : [];
    case 'issue_comment':
      return pull_request === null ? [] : [pull];
    case 'push':
      return ['tip', 'pulls'];
    // Who counts may be another now.
    case 'membership':
    case 'member':
    case 'organization':
    case 'team':
    case 'team_add':
      return ['pulls:all'];
    case 'installation':
    case 'installation_repositories':
    case 'merge_group':
    case 'repository':
      return ['tip'];
    default:
      return [];
  }
}

/**
 * Whether somebody wants the check again, by "Re-run" (`check_run`) or "Re-run all checks" (`check_suite`). GitHub sets
 * the check suite back to queued and waits for a run, whatever the last one said (REST, "Rerequest a check run"). It tells
 * the app that made the check; an app that may write checks hears both events without asking for them ("Webhook events
 * and payloads").
 */
export function wantsCheck({ event, action }: Pick<Delivery, 'event' | 'action'>): boolean {
  return action === 'rerequested' && (event === 'check_run' || event === 'check_suite');
}
