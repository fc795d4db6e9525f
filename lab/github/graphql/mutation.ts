import type { Route } from '../http.js';
import { byId } from '../lookup.js';
import { checkRoutes } from '../routes/checks.js';
import { requestedReviewerRoutes } from '../routes/requested-reviewers.js';
import type { CheckRun, PullRequest, Team, User } from '../state.js';
import { byRoute, demandSight, named } from './by-route.js';
import type { CheckRunInput } from './check-run-input.js';
import { checkRunBody } from './check-run-input.js';
import type { Field, Fields, Graph } from './graph.js';

interface RequestReviews {
  readonly clientMutationId?: string | null;
  readonly pullRequestId: string;
  readonly userIds?: readonly string[] | null;
  readonly teamIds?: readonly string[] | null;
  readonly union: boolean;
}

/** With `union` it adds people; without it, only those named are requested. */
async function requestReviews(graph: Graph, input: RequestReviews): Promise<PullRequest> {
  const { state } = graph.github;
  const pull = named(state.pulls, 'PullRequest', input.pullRequestId);
  const repo = byId(state.repos, pull.repo_id);
  demandSight(graph, repo, input.pullRequestId);
  const users = (input.userIds ?? []).map((id) => named(state.users, 'User', id));
  const teams = (input.teamIds ?? []).map((id) => named(state.teams, 'Team', id));
  const ask = (method: 'POST' | 'DELETE', people: readonly User[], groups: readonly Team[]) =>
    byRoute(
      graph,
      requestedReviewerRoutes.find((route) => route.method === method),
      repo,
      { pull_number: pull.number },
      {
        reviewers: people.map(({ login }) => login),
        team_reviewers: groups.map(({ slug }) => slug),
      },
    );
  await ask('POST', users, teams);
  if (input.union) return pull;
  const dropped = <T>(
    asked: ReadonlySet<number>,
    all: ReadonlyMap<number, T>,
    kept: readonly T[],
  ) => [...asked].map((id) => byId(all, id)).filter((one) => !kept.includes(one));
  const people = dropped(pull.requested_user_ids, state.users, users);
  const groups = dropped(pull.requested_team_ids, state.teams, teams);
  if (people.length + groups.length > 0) await ask('DELETE', people, groups);
  return pull;
}

const checkRoute = (method: Route['method'], end: string): Route | undefined =>
  checkRoutes.find((route) => route.method === method && route.path.endsWith(end));

async function createCheckRun(graph: Graph, input: CheckRunInput): Promise<CheckRun> {
  const { state } = graph.github;
  const repo = named(state.repos, 'Repository', input.repositoryId);
  demandSight(graph, repo, input.repositoryId);
  const route = checkRoute('POST', '/check-runs');
  const { body } = await byRoute(graph, route, repo, {}, checkRunBody(input));
  return byId(state.check_runs, (body as { id: number }).id);
}

async function updateCheckRun(graph: Graph, input: CheckRunInput): Promise<CheckRun> {
  const { state } = graph.github;
  const repo = named(state.repos, 'Repository', input.repositoryId);
  demandSight(graph, repo, input.repositoryId);
  const run = named(state.check_runs, 'CheckRun', input.checkRunId ?? '');
  const route = checkRoute('PATCH', '/{check_run_id}');
  await byRoute(graph, route, repo, { check_run_id: run.id }, checkRunBody(input));
  return run;
}

/** The fields of `Mutation`. */
export function mutationFields(graph: Graph): Fields {
  const { actor } = graph.identity;
  const request: Field<{ input: RequestReviews }> = async ({ input }) => {
    const pull = await requestReviews(graph, input);
    return {
      __typename: 'RequestReviewsPayload',
      clientMutationId: input.clientMutationId ?? null,
      actor: () => actor && graph.actor(actor),
      pullRequest: () => graph.pullRequest(pull),
    };
  };
  const checkRun =
    (write: typeof createCheckRun): Field<{ input: CheckRunInput }> =>
    async ({ input }) => {
      const run = await write(graph, input);
      return {
        clientMutationId: input.clientMutationId ?? null,
        checkRun: () => graph.checkRun(run),
      };
    };
  return {
    __typename: 'Mutation',
    requestReviews: request,
    createCheckRun: checkRun(createCheckRun),
    updateCheckRun: checkRun(updateCheckRun),
  };
}
