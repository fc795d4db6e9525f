import { canSee, demand } from '../access.js';
import { resolveCommit } from '../git/read.js';
import { byId, teamVisible } from '../lookup.js';
import type { NodeKind } from '../node-id.js';
import { readNodeId } from '../node-id.js';
import type { Repo } from '../state.js';
import { commitOrNull } from './commit.js';
import { Failure } from './failure.js';
import type { Fields, Graph } from './graph.js';
import { CHECKS, CONTENTS, PULL_REQUESTS } from './needs.js';

type Found = Fields | null | undefined | Promise<Fields | null>;

/** A commit's or ref's id: the repository, and git's name for it. */
function inRepo(graph: Graph, id: string): { repo: Repo; name: string } | null {
  const at = id.indexOf(':');
  const repo = graph.github.state.repos.get(Number(id.slice(0, at)));
  if (!repo || !canSee(graph.github.state, graph.identity, repo)) return null;
  demand(graph.github.state, graph.identity, repo, CONTENTS);
  return { repo, name: id.slice(at + 1) };
}

/** How each kind is found by its id; nothing if the caller may not know about it. */
const find: Partial<Record<NodeKind, (graph: Graph, id: string) => Found>> = {
  User: (graph, id) => {
    const user = graph.github.state.users.get(Number(id));
    return user && graph.user(user);
  },
  Bot: (graph, id) => {
    const bot = graph.github.state.users.get(Number(id));
    return bot && graph.actor(bot);
  },
  Organization: (graph, id) => {
    const org = graph.github.state.orgs.get(Number(id));
    return org && graph.organization(org);
  },
  Team: (graph, id) => {
    const team = graph.github.state.teams.get(Number(id));
    return team && teamVisible(graph.github.state, team, graph.identity) ? graph.team(team) : null;
  },
  Repository: (graph, id) => {
    const repo = graph.github.state.repos.get(Number(id));
    return repo && canSee(graph.github.state, graph.identity, repo) ? graph.repository(repo) : null;
  },
  PullRequest: (graph, id) => {
    const { state } = graph.github;
    const pull = state.pulls.get(Number(id));
    if (!pull) return null;
    demand(state, graph.identity, byId(state.repos, pull.repo_id), PULL_REQUESTS);
    return graph.pullRequest(pull);
  },
  PullRequestReview: (graph, id) => {
    const { state } = graph.github;
    const review = state.reviews.get(Number(id));
    if (!review) return null;
    const pull = byId(state.pulls, review.pull_id);
    demand(state, graph.identity, byId(state.repos, pull.repo_id), PULL_REQUESTS);
    return graph.review(review);
  },
  CheckRun: (graph, id) => {
    const { state } = graph.github;
    const run = state.check_runs.get(Number(id));
    if (!run) return null;
    demand(state, graph.identity, byId(state.repos, run.repo_id), CHECKS);
    return graph.checkRun(run);
  },
  Commit: async (graph, id) => {
    const found = inRepo(graph, id);
    if (!found || !(await resolveCommit(found.repo.dir, found.name))) return null;
    return commitOrNull(graph, found.repo, found.name);
  },
  Ref: (graph, id) => {
    const found = inRepo(graph, id);
    return found && graph.ref(found.repo, found.name);
  },
};

/** What a global id names; throws NOT_FOUND if nothing has it. */
export async function nodeFields(graph: Graph, id: string): Promise<Fields> {
  const read = readNodeId(id);
  const found = read && (await find[read.kind]?.(graph, read.id));
  if (found) return found;
  throw new Failure('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'`);
}
