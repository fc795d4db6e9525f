import { z } from 'zod';
import type { Review } from '../../../core/change/snapshot.js';
import type { Client } from '../../../clients/github/app.js';
import { ask } from '../../../clients/github/graphql.js';
import { page, readAll } from '../../../clients/github/lists.js';
import { ACTOR, actor } from './people.js';

const REVIEWS = `pageInfo { hasNextPage endCursor }
  nodes { fullDatabaseId state createdAt submittedAt commit { oid } author { ...actor } }`;

/** A pull request with the first page of its reviews; needs the fragment `actor`. */
export const PULL_REQUEST = `pullRequest(number: $number) {
  id number url title state author { ...actor } baseRefName headRefName headRefOid
  headRepository { databaseId name owner { login } } mergeCommit { oid } mergedAt
  reviews(first: 100) { ${REVIEWS} }
  timelineItems(first: 1, itemTypes: [BASE_REF_CHANGED_EVENT, AUTOMATIC_BASE_CHANGE_SUCCEEDED_EVENT]) {
    nodes { __typename }
  }
}`;

const QUERY = `query Reviews($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) { reviews(first: 100, after: $after) { ${REVIEWS} } }
  }
}
${ACTOR}`;

const review = z
  .object({
    /** GraphQL's 64-bit numbers are text. */
    fullDatabaseId: z.coerce.number().int().positive(),
    state: z.enum(['APPROVED', 'CHANGES_REQUESTED', 'COMMENTED', 'DISMISSED', 'PENDING']),
    createdAt: z.string(),
    submittedAt: z.string().nullable(),
    commit: z.object({ oid: z.string() }).nullable(),
    author: actor,
  })
  .transform((found): Review => ({
    id: found.fullDatabaseId,
    author: found.author,
    verdict: found.state,
    commit: found.commit?.oid ?? null,
    submitted_at: found.submittedAt ?? found.createdAt,
  }));

export const pullRequest = z.object({
  id: z.string(),
  number: z.number().int(),
  url: z.string(),
  title: z.string(),
  state: z.enum(['OPEN', 'CLOSED', 'MERGED']),
  author: actor,
  baseRefName: z.string(),
  headRefName: z.string(),
  headRefOid: z.string(),
  headRepository: z
    .object({
      databaseId: z.number().int(),
      name: z.string(),
      owner: z.object({ login: z.string() }),
    })
    .nullable(),
  mergeCommit: z.object({ oid: z.string() }).nullable(),
  mergedAt: z.string().nullable(),
  reviews: page(review),
  timelineItems: z.object({ nodes: z.array(z.object({ __typename: z.string() })) }),
});

const answer = z.object({
  repository: z.object({ pullRequest: z.object({ reviews: page(review) }) }),
});

/** All reviews of a pull request, oldest first. */
export async function readReviews(
  client: Client,
  repository: { readonly owner: string; readonly name: string },
  found: z.infer<typeof pullRequest>,
): Promise<Review[]> {
  const { owner, name } = repository;
  const reviews = await readAll(found.reviews, async (after) => {
    const variables = { owner, name, number: found.number, after };
    return (await ask(client, QUERY, variables, answer)).repository.pullRequest.reviews;
  });
  // One person's reviews are begun one after the other, so their ids are in order.
  return reviews.sort((a, b) => a.id - b.id);
}
