import { timestamp } from '../clock.js';
import { nodeId } from '../node-id.js';
import type { Org, State, User } from '../state.js';
import type { Answer, OrgSimple, SimpleUser } from './types.js';

const isOrg = (account: User | Org): account is Org => 'members' in account;

/** GitHub's "simple user", the short form in every answer. Organisations have it too. */
export function simpleUser(state: State, account: User | Org): SimpleUser {
  const type = isOrg(account) ? 'Organization' : account.type;
  // A bot's login has brackets; GitHub encodes them in URLs.
  const url = `${state.url}/users/${encodeURIComponent(account.login)}`;
  const page = account.login.replace(/^(.*)\[bot\]$/, 'apps/$1');
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId(type, account.id),
    avatar_url: `${state.url}/avatars/u/${account.id}`,
    gravatar_id: '',
    url,
    html_url: `${state.url}/${page}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type,
    user_view_type: 'public',
    site_admin: false,
  };
}

/** `GET /users/{username}` and `GET /user`, which only differ in private fields. */
export function fullUser(state: State, user: User | Org): Answer<'users', 'getByUsername'> {
  return {
    ...simpleUser(state, user),
    user_view_type: 'public',
    name: isOrg(user) ? user.login : user.name,
    company: null,
    blog: '',
    location: null,
    email: isOrg(user) ? null : user.email,
    hireable: null,
    bio: null,
    twitter_username: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: timestamp(user.created_at),
    updated_at: timestamp(user.created_at),
  };
}

/** The short form of an organisation in webhooks. */
export function simpleOrg(state: State, org: Org): OrgSimple {
  const url = `${state.url}/orgs/${org.login}`;
  return {
    login: org.login,
    id: org.id,
    node_id: nodeId('Organization', org.id),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `${state.url}/avatars/u/${org.id}`,
    description: null,
  };
}
