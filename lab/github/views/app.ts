import { timestamp } from '../clock.js';
import { accountById, byId } from '../lookup.js';
import { nodeId } from '../node-id.js';
import type { App, Installation, State } from '../state.js';
import { simpleUser } from './account.js';
import type { AppAnswer, InstallationAnswer } from './types.js';

/** `GET /app`, and the app in check runs. */
export function appView(state: State, app: App): AppAnswer {
  return {
    id: app.app_id,
    slug: app.slug,
    node_id: nodeId('App', app.app_id),
    client_id: app.client_id,
    owner: simpleUser(state, accountById(state, app.owner_id)),
    name: app.slug,
    description: null,
    external_url: `${state.url}/${app.slug}`,
    html_url: `${state.url}/apps/${app.slug}`,
    created_at: timestamp(app.created_at),
    updated_at: timestamp(app.created_at),
    permissions: { ...app.permissions },
    events: [...app.events],
    installations_count: [...state.installations.values()].filter((i) => i.app_id === app.app_id)
      .length,
  };
}

/** `GET /repos/{owner}/{repo}/installation`. */
export function installationView(state: State, installation: Installation): InstallationAnswer {
  const app = byId(state.apps, installation.app_id);
  const account = accountById(state, installation.account_id);
  return {
    id: installation.id,
    account: simpleUser(state, account),
    repository_selection: installation.repo_ids === null ? 'all' : 'selected',
    access_tokens_url: `${state.url}/app/installations/${installation.id}/access_tokens`,
    repositories_url: `${state.url}/installation/repositories`,
    html_url: `${state.url}/organizations/${account.login}/settings/installations/${installation.id}`,
    app_id: app.app_id,
    client_id: app.client_id,
    target_id: account.id,
    target_type: 'members' in account ? 'Organization' : 'User',
    permissions: { ...installation.permissions },
    events: [...app.events],
    created_at: timestamp(installation.created_at),
    updated_at: timestamp(installation.created_at),
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    app_slug: app.slug,
    suspended_by: null,
    suspended_at: null,
  };
}
