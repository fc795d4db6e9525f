import { timestamp } from '../clock.js';
import { accountById, fullName } from '../lookup.js';
import { nodeId } from '../node-id.js';
import type { Repo, RepoRole, State } from '../state.js';
import { simpleUser } from './account.js';
import type { FullRepository } from './types.js';

const LINKS = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  contributors_url: '/contributors',
  deployments_url: '/deployments',
  downloads_url: '/downloads',
  events_url: '/events',
  forks_url: '/forks',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  hooks_url: '/hooks',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  languages_url: '/languages',
  merges_url: '/merges',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  stargazers_url: '/stargazers',
  statuses_url: '/statuses/{sha}',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  tags_url: '/tags',
  teams_url: '/teams',
  trees_url: '/git/trees{/sha}',
} as const;

type Links = Record<keyof typeof LINKS, string>;

/** The five flags of a role, as `permissions` of an answer. */
export const roleFlags = (role: RepoRole | null) => {
  const at = ['read', 'triage', 'write', 'maintain', 'admin'].indexOf(role ?? '');
  return { admin: at >= 4, maintain: at >= 3, push: at >= 2, triage: at >= 1, pull: at >= 0 };
};

/** A repository in pull requests and webhooks. */
export function repositoryView(state: State, repo: Repo, open_pulls = openPulls(state, repo)) {
  const name = fullName(state, repo);
  const url = `${state.url}/repos/${name}`;
  const html = `${state.url}/${name}`;
  const links = Object.fromEntries(
    Object.entries(LINKS).map(([key, path]) => [key, url + path]),
  ) as Links;
  return {
    id: repo.id,
    node_id: nodeId('Repository', repo.id),
    name: repo.name,
    full_name: name,
    private: repo.private,
    owner: simpleUser(state, accountById(state, repo.owner_id)),
    html_url: html,
    description: null,
    fork: repo.parent_id !== null,
    url,
    ...links,
    created_at: timestamp(repo.created_at),
    updated_at: timestamp(repo.pushed_at),
    pushed_at: timestamp(repo.pushed_at),
    git_url: `${html.replace(/^http:/, 'git:')}.git`,
    ssh_url: `git@${new URL(state.url).host}:${name}.git`,
    clone_url: `${html}.git`,
    svn_url: html,
    homepage: null,
    size: 0,
    stargazers_count: 0,
    watchers_count: 0,
    language: null,
    has_issues: true,
    has_projects: true,
    has_downloads: true,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    forks_count: 0,
    mirror_url: null,
    archived: false,
    disabled: false,
    open_issues_count: open_pulls,
    license: null,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [] as string[],
    visibility: repo.private ? 'private' : 'public',
    forks: 0,
    open_issues: open_pulls,
    watchers: 0,
    default_branch: repo.default_branch,
  };
}

const openPulls = (state: State, repo: Repo): number =>
  [...state.pulls.values()].filter((pull) => pull.repo_id === repo.id && pull.state === 'open')
    .length;

/** `GET /repos/{owner}/{repo}`; `role` is what the caller may do there. */
export function fullRepository(state: State, repo: Repo, role: RepoRole | null): FullRepository {
  const org = state.orgs.get(repo.owner_id);
  return {
    ...repositoryView(state, repo),
    permissions: roleFlags(role),
    allow_rebase_merge: true,
    allow_squash_merge: true,
    allow_merge_commit: true,
    allow_auto_merge: false,
    delete_branch_on_merge: false,
    allow_update_branch: true,
    ...(org ? { organization: simpleUser(state, org) } : {}),
    network_count: 0,
    subscribers_count: 0,
  };
}
