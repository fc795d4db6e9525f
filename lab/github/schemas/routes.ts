import { routes } from '../routes/table.js';

/** The REST routes that the stand-in serves. */
export const ROUTES: readonly string[] = [
  'GET /rate_limit',
  ...routes.map(({ method, path }) => `${method} ${path}`),
];

/** Routes that GitHub serves and does not describe, and the routes whose answers they share. */
export const ALIASES: Readonly<Record<string, string>> = {
  'GET /repositories/{repository_id}': 'GET /repos/{owner}/{repo}',
  'GET /organizations/{org_id}/team/{team_id}': 'GET /orgs/{org}/teams/{team_slug}',
  'GET /repos/{owner}/{repo}/contents': 'GET /repos/{owner}/{repo}/contents/{path}',
};

/** The webhooks that the stand-in sends: the event, and the action if it has one. */
export const EVENTS: readonly string[] = [
  'check_run.completed',
  'check_run.created',
  'check_run.rerequested',
  'installation.created',
  'installation.deleted',
  'installation.new_permissions_accepted',
  'installation.suspend',
  'installation.unsuspend',
  'installation_repositories.added',
  'installation_repositories.removed',
  'issue_comment.created',
  'issue_comment.deleted',
  'issue_comment.edited',
  'membership.added',
  'membership.removed',
  'merge_group.checks_requested',
  'merge_group.destroyed',
  'organization.member_added',
  'organization.member_removed',
  'ping',
  'pull_request.closed',
  'pull_request.converted_to_draft',
  'pull_request.edited',
  'pull_request.opened',
  'pull_request.ready_for_review',
  'pull_request.reopened',
  'pull_request.review_request_removed',
  'pull_request.review_requested',
  'pull_request.synchronize',
  'pull_request_review.dismissed',
  'pull_request_review.edited',
  'pull_request_review.submitted',
  'push',
  'repository.edited',
  'repository.renamed',
  'repository.transferred',
  'team.created',
  'team.deleted',
  'team.edited',
];
