import { pullTopic, type Topic } from '../../core/topic.js';
import type { Delivery } from '../../ports.js';

/** The topics that a delivery wakes; none for what changes nothing here. */
export function topicsOf(
  delivery: Pick<Delivery, 'event' | 'action' | 'pull_request'>,
): readonly Topic[] {
  const { event, action, pull_request } = delivery;
  // GitHub names no pull request for the checks of one from a fork.
  const pull = pull_request === null ? 'pulls:all' : pullTopic(pull_request);
  switch (event) {
    case 'pull_request':
      // The merge's own push may come later, or never.
      return action === 'closed' ? [pull, 'tip'] : [pull];
    case 'pull_request_review':
      return [pull];
    case 'check_run':
    case 'check_suite':
      return action === 'rerequested' ? [pull] : [];
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
