import type { GitHub } from '../github.js';
import type { Rate } from '../rate-limits.js';
import type { Identity } from '../state.js';
import { actorFields, userFields } from './account.js';
import { checkRunFields } from './check-run.js';
import { commitFields } from './commit.js';
import type { Answered } from './failure.js';
import { answer, refused } from './failure.js';
import { objectFields, refFields } from './git-object.js';
import type { Graph } from './graph.js';
import { mutationFields } from './mutation.js';
import { pullRequestFields } from './pull-request.js';
import { queryFields } from './query.js';
import { repositoryFields } from './repository.js';
import { reviewFields } from './review.js';
import { published, readField } from './schema.js';
import { organizationFields, teamFields } from './team.js';

/** The caller. */
export interface Asking {
  readonly identity: Identity;
  /** What is left of their hour for GraphQL, including this call. */
  readonly rate: Rate;
}

/** The body of `POST /graphql`, checked to have these types. */
export interface Question {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
  readonly operationName?: string | null | undefined;
}

const graphOf = (github: GitHub, asking: Asking): Graph => {
  const graph: Graph = {
    github,
    ...asking,
    actor: (user) => actorFields(graph, user),
    user: (user) => userFields(graph, user),
    organization: (org) => organizationFields(graph, org),
    team: (team) => teamFields(graph, team),
    repository: (repo) => repositoryFields(graph, repo),
    pullRequest: (pull) => pullRequestFields(graph, pull),
    review: (review) => reviewFields(graph, review),
    commit: (repo, commit) => commitFields(graph, repo, commit),
    object: (repo, name) => objectFields(graph, repo, name),
    ref: (repo, name) => refFields(graph, repo, name),
    checkRun: (run) => checkRunFields(graph, run),
  };
  return graph;
};

/**
 * Answers a GraphQL call like GitHub: a query that does not fit the published schema gets errors and no data; what the
 * caller may not have is null with an error of type FORBIDDEN or NOT_FOUND. Throws Refusal 501 for a field that GitHub
 * has and the stand-in lacks.
 */
export async function graphql(
  github: GitHub,
  asking: Asking,
  { query, variables, operationName }: Question,
): Promise<Answered> {
  const { document, problems } = published.read(query);
  if (document === null || problems.length > 0) return { errors: problems.map(refused) };
  const graph = graphOf(github, asking);
  return answer(
    await published.execute(document, {
      rootValue: { ...queryFields(graph), ...mutationFields(graph) },
      variableValues: variables,
      operationName,
      fieldResolver: readField,
    }),
  );
}
