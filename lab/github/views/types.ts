import type { RestEndpointMethodTypes as Methods } from '@octokit/rest';

/** The answer of a REST call according to GitHub's published description: the compiler holds the views below to it. */
export type Answer<
  Family extends keyof Methods,
  Method extends keyof Methods[Family],
> = Methods[Family][Method] extends { response: { data: infer Data } } ? Data : never;

export type SimpleUser = NonNullable<Answer<'pulls', 'get'>['user']>;
export type FullRepository = Answer<'repos', 'get'>;
export type PullRequestFull = Answer<'pulls', 'get'>;
export type PullRequestSimple = Answer<'pulls', 'list'>[number];
export type ReviewAnswer = Answer<'pulls', 'getReview'>;
export type CheckRunAnswer = Answer<'checks', 'get'>;
export type CommentAnswer = Answer<'issues', 'getComment'>;
export type CommitAnswer = Answer<'repos', 'getCommit'>;
export type TeamAnswer = Answer<'teams', 'list'>[number];
export type TeamFull = Answer<'teams', 'getByName'>;
export type InvitationAnswer = Answer<'repos', 'listInvitations'>[number];
export type OrgInvitationAnswer = Answer<'orgs', 'listPendingInvitations'>[number];
export type AppAnswer = NonNullable<Answer<'apps', 'getAuthenticated'>>;
export type InstallationAnswer = Answer<'apps', 'getRepoInstallation'>;
export type OrgSimple = Answer<'orgs', 'listForUser'>[number];
