import { demand } from '../access.js';
import { timestamp } from '../clock.js';
import { accountById, fullName, pullByNumber, pullsOf, roleOn } from '../lookup.js';
import { nodeId } from '../node-id.js';
import type { PullRequest, Repo } from '../state.js';
import { collaborators } from './collaborators.js';
import type { Page } from './connection.js';
import { connection } from './connection.js';
import { Failure, notFound } from './failure.js';
import type { Field, Fields, Graph } from './graph.js';
import { CONTENTS, PULL_REQUESTS } from './needs.js';
import type { PullState } from './pull-request.js';
import { pullState } from './pull-request.js';

interface PullQuery extends Page {
  readonly states?: readonly PullState[];
  readonly baseRefName?: string;
  readonly headRefName?: string;
  readonly orderBy?: { readonly field: string; readonly direction: 'ASC' | 'DESC' };
}

function pullRequests(graph: Graph, repo: Repo): Field<PullQuery> {
  return ({ states, baseRefName, headRefName, orderBy, ...page }, info) => {
    demand(graph.github.state, graph.identity, repo, PULL_REQUESTS);
    if (orderBy && orderBy.field !== 'CREATED_AT')
      throw new Failure('UNPROCESSABLE', `The stand-in does not order by ${orderBy.field}`);
    const sign = orderBy?.direction === 'DESC' ? -1 : 1;
    const wanted = pullsOf(graph.github.state, repo.id).filter(
      (pull) =>
        (states === undefined || states.includes(pullState(pull))) &&
        (baseRefName === undefined || pull.base.ref === baseRefName) &&
        (headRefName === undefined || pull.head.ref === headRefName),
    );
    const key = (pull: PullRequest) => sign * pull.number;
    const all = wanted.sort((a, b) => key(a) - key(b));
    return connection(page, info, { all, key, node: (pull) => graph.pullRequest(pull) });
  };
}

function viewerPermission({ github, identity }: Graph, repo: Repo): string | null {
  if (identity.installation || !identity.actor) return null;
  return roleOn(github.state, repo, identity.actor.id)?.toUpperCase() ?? null;
}

/** A repository. The caller of this function has made sure that it may be seen. */
export function repositoryFields(graph: Graph, repo: Repo): Fields {
  const { state } = graph.github;
  const owner = accountById(state, repo.owner_id);
  const name = fullName(state, repo);
  const need = (what: typeof CONTENTS) => demand(state, graph.identity, repo, what);
  const pullRequest: Field<{ number: number }> = ({ number }) => {
    need(PULL_REQUESTS);
    const pull = pullByNumber(state, repo.id, number);
    if (!pull) throw notFound('PullRequest', `number of ${number}`);
    return graph.pullRequest(pull);
  };
  const object: Field<{ expression?: string; oid?: string }> = (args) => {
    need(CONTENTS);
    const sought = args.oid ?? args.expression;
    if (sought === undefined)
      throw new Failure('UNPROCESSABLE', 'Either expression or oid must be provided.');
    return graph.object(repo, sought);
  };
  const ref: Field<{ qualifiedName: string }> = ({ qualifiedName }) => {
    need(CONTENTS);
    const full = qualifiedName.startsWith('refs/') ? qualifiedName : `refs/heads/${qualifiedName}`;
    return graph.ref(repo, full);
  };
  return {
    __typename: 'Repository',
    id: nodeId('Repository', repo.id),
    databaseId: repo.id,
    name: repo.name,
    nameWithOwner: name,
    isPrivate: repo.private,
    isArchived: false,
    isFork: repo.parent_id !== null,
    visibility: repo.private ? 'PRIVATE' : 'PUBLIC',
    url: `${state.url}/${name}`,
    resourcePath: `/${name}`,
    createdAt: timestamp(repo.created_at),
    pushedAt: timestamp(repo.pushed_at),
    owner: () => ('members' in owner ? graph.organization(owner) : graph.actor(owner)),
    viewerPermission: () => viewerPermission(graph, repo),
    defaultBranchRef: () => {
      need(CONTENTS);
      return graph.ref(repo, `refs/heads/${repo.default_branch}`);
    },
    collaborators: collaborators(graph, repo),
    pullRequest,
    pullRequests: pullRequests(graph, repo),
    object,
    ref,
  };
}
