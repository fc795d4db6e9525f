import { timestamp } from '../clock.js';
import { hasPermission } from '../access.js';
import { orgByLogin } from '../lookup.js';
import { nodeId } from '../node-id.js';
import type { Org, User } from '../state.js';
import { notFound } from './failure.js';
import type { Field, Fields, Graph } from './graph.js';

const common = ({ github }: Graph, account: User | Org): Fields => ({
  databaseId: account.id,
  login: account.login,
  resourcePath: `/${account.login}`,
  url: `${github.state.url}/${account.login}`,
  avatarUrl: `${github.state.url}/avatars/u/${account.id}`,
  createdAt: timestamp(account.created_at),
  updatedAt: timestamp(account.created_at),
});

/** Members see who else is a member; an app needs `members` on that organisation. */
function seesMembers({ identity }: Graph, org: Org): boolean {
  if (identity.installation)
    return (
      identity.installation.account_id === org.id && hasPermission(identity, 'members', 'read')
    );
  return identity.actor !== null && org.members.has(identity.actor.id);
}

/**
 * An account where the schema says `User`: a bot too, with its full login. (GitHub was observed to return the authors
 * of a bot's commits like this: the id of a Bot, `login: "dependabot[bot]"`.)
 */
export function userFields(graph: Graph, user: User): Fields {
  const organization: Field<{ login: string }> = ({ login }) => {
    const org = orgByLogin(graph.github.state, login);
    // GitHub's answer for a login that is not an organisation's is not documented, so nobody may rely on null.
    if (!org) throw notFound('Organization', `login of '${login}'`);
    return org.members.has(user.id) && seesMembers(graph, org) ? graph.organization(org) : null;
  };
  return {
    ...common(graph, user),
    __typename: 'User',
    id: nodeId(user.type, user.id),
    name: user.name,
    organization,
  };
}

/** A person or bot where the schema says `Actor`. A bot's login has no `[bot]` there, unlike in REST. */
export function actorFields(graph: Graph, user: User): Fields {
  if (user.type === 'User') return userFields(graph, user);
  const login = user.login.replace(/\[bot\]$/, '');
  return { ...common(graph, user), __typename: 'Bot', id: nodeId('Bot', user.id), login };
}
