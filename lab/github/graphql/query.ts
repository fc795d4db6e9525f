import { timestamp } from '../clock.js';
import type { Rate } from '../rate-limits.js';
import { orgByLogin, repoByFormerName, repoByName, userByLogin } from '../lookup.js';
import { canSee } from '../access.js';
import type { Field, Fields, Graph } from './graph.js';
import { Failure, notFound } from './failure.js';
import { nodeFields } from './node.js';

/** GitHub's limit for `nodes(ids:)`. */
const MOST_IDS = 100;

const rateLimitFields = ({ limit, remaining, used, reset }: Rate): Fields => ({
  limit,
  remaining: Math.max(remaining, 0),
  used,
  resetAt: timestamp(new Date(reset * 1000)),
  cost: 1,
  nodeCount: 0,
});

/** The fields of `Query`. */
export function queryFields(graph: Graph): Fields {
  const { github, identity } = graph;
  const { state } = github;
  const repository: Field<{ owner: string; name: string }> = ({ owner, name }) => {
    const repo = repoByName(state, owner, name) ?? repoByFormerName(state, owner, name);
    if (!repo || !canSee(state, identity, repo))
      throw notFound('Repository', `name '${owner}/${name}'`);
    return graph.repository(repo);
  };
  const organization: Field<{ login: string }> = ({ login }) => {
    const org = orgByLogin(state, login);
    if (!org) throw notFound('Organization', `login of '${login}'`);
    return graph.organization(org);
  };
  const user: Field<{ login: string }> = ({ login }) => {
    const found = userByLogin(state, login);
    if (found?.type !== 'User') throw notFound('User', `login of '${login}'`);
    return graph.user(found);
  };
  const node: Field<{ id: string }> = ({ id }) => nodeFields(graph, id);
  const nodes: Field<{ ids: readonly string[] }> = ({ ids }) => {
    if (ids.length > MOST_IDS)
      throw new Failure(
        'ARGUMENT_LIMIT',
        `You may not provide more than ${MOST_IDS} node ids; you provided ${ids.length}.`,
      );
    // An id that cannot be resolved is null with its own error; the others are answered.
    return ids.map((id) => nodeFields(graph, id));
  };
  const fields: Record<string, unknown> = {
    __typename: 'Query',
    repository,
    organization,
    user,
    node,
    nodes,
    viewer: () => identity.actor && graph.user(identity.actor),
    rateLimit: rateLimitFields(graph.rate),
  };
  fields['relay'] = () => fields;
  return fields;
}
