import type { CheckReport, Reviewers } from '../../ports.js';
import type { AccessRepository } from './access-repository.js';
import type { Client } from '../../clients/github/app.js';
import { mutate } from '../../clients/github/graphql.js';

/** The content of a check run, in REST's shape and within GitHub's limits. */
export interface CheckOutput {
  readonly title: string;
  readonly summary: string;
  readonly annotations: {
    readonly path: string;
    readonly start_line: number;
    readonly end_line: number;
    readonly annotation_level: 'failure' | 'warning';
    readonly message: string;
  }[];
}

/** Both in one request, because GitHub limits writes. https://docs.github.com/en/graphql/reference/mutations */
const DOCUMENT = `mutation Report($check: CreateCheckRunInput!, $reviews: RequestReviewsInput!) {
  check: createCheckRun(input: $check) { checkRun { databaseId } }
  reviews: requestReviews(input: $reviews) { pullRequest { number } }
}`;

/**
 * Writes a check run and requests reviewers in one call; returns GitHub's refusal to request them, if any. Null if no
 * query has returned an id that GraphQL needs: then nothing was written.
 */
export async function checkAndRequest(
  client: Client,
  { ids }: AccessRepository,
  report: CheckReport,
  output: CheckOutput,
  { number, teams, users }: Reviewers,
): Promise<{ readonly refused: string | null } | null> {
  const repositoryId = ids.find('repository', '');
  const pullRequestId = ids.find('pull request', String(number));
  const teamIds = teams.map((slug) => ids.find('team', slug));
  const userIds = users.map((login) => ids.find('user', login));
  if (repositoryId === null || pullRequestId === null) return null;
  if ([...teamIds, ...userIds].includes(null)) return null;
  const errors = await mutate(client, DOCUMENT, {
    check: {
      repositoryId,
      name: 'daypass',
      headSha: report.head_sha,
      status: 'COMPLETED',
      conclusion: report.conclusion.toUpperCase(),
      output: {
        title: output.title,
        summary: output.summary,
        annotations: output.annotations.map((one) => ({
          path: one.path,
          annotationLevel: one.annotation_level.toUpperCase(),
          message: one.message,
          location: { startLine: one.start_line, endLine: one.end_line },
        })),
      },
    },
    reviews: { pullRequestId, teamIds, userIds, union: true },
  });
  const failed = errors.get('check');
  if (failed !== undefined) throw new Error(`GitHub did not accept the check run: ${failed}`);
  return { refused: errors.get('reviews') ?? null };
}
