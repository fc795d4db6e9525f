import type { Route } from '../http.js';
import { appRoutes } from './apps.js';
import { checkRoutes } from './checks.js';
import { collaboratorRoutes } from './collaborators.js';
import { commentRoutes } from './comments.js';
import { commitRoutes } from './commits.js';
import { contentRoutes } from './contents.js';
import { gitDataRoutes } from './git-data.js';
import { mergeRoutes } from './merges.js';
import { orgInvitationRoutes } from './org-invitations.js';
import { orgRoutes } from './orgs.js';
import { pullRoutes } from './pulls.js';
import { repoRoutes } from './repos.js';
import { repoSettingRoutes } from './repo-settings.js';
import { requestedReviewerRoutes } from './requested-reviewers.js';
import { reviewRoutes } from './reviews.js';
import { ruleRoutes } from './rules.js';
import { teamMembershipRoutes } from './team-memberships.js';
import { teamRepositoryRoutes } from './team-repositories.js';
import { userRoutes } from './users.js';

/**
 * Every REST route that the stand-in serves. The checks of a commit come before the commits, whose refs accept slashes.
 */
export const routes: readonly Route[] = [
  ...appRoutes,
  ...userRoutes,
  ...orgRoutes,
  ...orgInvitationRoutes,
  ...teamMembershipRoutes,
  ...teamRepositoryRoutes,
  ...repoRoutes,
  ...ruleRoutes,
  ...repoSettingRoutes,
  ...collaboratorRoutes,
  ...mergeRoutes,
  ...reviewRoutes,
  ...requestedReviewerRoutes,
  ...pullRoutes,
  ...checkRoutes,
  ...commentRoutes,
  ...commitRoutes,
  ...gitDataRoutes,
  ...contentRoutes,
];
