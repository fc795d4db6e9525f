import { canSee, demand } from '../access.js';
import type { Reply, RepoCall, Route } from '../http.js';
import { fullName } from '../lookup.js';
import type { NodeKind } from '../node-id.js';
import { readNodeId } from '../node-id.js';
import type { Repo } from '../state.js';
import { Failure } from './failure.js';
import type { Graph } from './graph.js';

/** What the global id names among `all`; throws NOT_FOUND if nothing of that kind has it. */
export function named<T>(all: ReadonlyMap<number, T>, kind: NodeKind, node_id: string): T {
  const read = readNodeId(node_id);
  const one = read?.kind === kind ? all.get(Number(read.id)) : undefined;
  if (one !== undefined) return one;
  throw new Failure('NOT_FOUND', `Could not resolve to a node with the global id of '${node_id}'`);
}

/** Throws NOT_FOUND for a repository that the caller cannot see, and for everything in it. */
export function demandSight({ github, identity }: Graph, repo: Repo, node_id: string): void {
  if (!canSee(github.state, identity, repo)) named(new Map(), 'Repository', node_id);
}

/** Does what a REST route does, with its permissions, checks and webhooks; its refusals are thrown. */
export function byRoute(
  graph: Graph,
  route: Route | undefined,
  repo: Repo,
  params: Readonly<Record<string, string | number>>,
  body: unknown,
): Promise<Reply> {
  const { github, identity } = graph;
  if (route?.who !== 'repo') throw new Error('there is no such route');
  demand(github.state, identity, repo, route.need);
  const [owner = '', name = ''] = fullName(github.state, repo).split('/');
  const texts = Object.entries(params).map(([key, value]) => [key, String(value)]);
  const call: RepoCall = {
    github,
    identity,
    method: route.method,
    repo,
    params: { owner, repo: name, ...(Object.fromEntries(texts) as Record<string, string>) },
    query: new URLSearchParams(),
    headers: {},
    body,
    url: new URL('/graphql', github.state.url),
  };
  return github.inTurn(repo.id, async () => route.handle(call));
}
