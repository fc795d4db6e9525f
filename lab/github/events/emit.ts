import type { GitHub } from '../github.js';
import { byId } from '../lookup.js';
import { nodeId } from '../node-id.js';
import type { App, Installation, Org, Repo, User } from '../state.js';
import { simpleOrg, simpleUser } from '../views/account.js';
import { repositoryView } from '../views/repository.js';

/** Events that every app gets without asking for them. */
const ALWAYS = new Set(['installation', 'installation_repositories']);

export type Body = Readonly<Record<string, unknown>>;

interface About {
  readonly event: string;
  readonly sender: User;
  /** Only this app gets it. */
  readonly only_app?: number;
}

function send(
  github: GitHub,
  about: About,
  hears: (installation: Installation) => boolean,
  payload: (app: App, installation: Installation) => Body,
): void {
  const { state, deliveries } = github;
  for (const installation of state.installations.values()) {
    const app = byId(state.apps, installation.app_id);
    if (about.only_app !== undefined && app.app_id !== about.only_app) continue;
    if (!ALWAYS.has(about.event) && !app.events.includes(about.event)) continue;
    if (hears(installation)) deliveries.send(app, about.event, payload(app, installation));
  }
}

const installed = ({ id }: Installation) => ({ id, node_id: nodeId('Installation', id) });

/** Sends the apps installed on a repository what happened there, in the shape of GitHub's webhook payloads. */
export function emit(github: GitHub, repo: Repo, about: About, body: Body): void {
  const { state } = github;
  const org = state.orgs.get(repo.owner_id);
  send(
    github,
    about,
    ({ account_id, repo_ids }) => account_id === repo.owner_id && (repo_ids?.has(repo.id) ?? true),
    (_, installation) => ({
      repository: repositoryView(state, repo),
      ...(org ? { organization: simpleOrg(state, org) } : {}),
      sender: simpleUser(state, about.sender),
      installation: installed(installation),
      ...body,
    }),
  );
}

/** The same for what happens in an organisation. */
export function emitOrg(github: GitHub, org: Org, about: About, body: Body): void {
  const { state } = github;
  send(
    github,
    about,
    ({ account_id }) => account_id === org.id,
    (_, installation) => ({
      organization: simpleOrg(state, org),
      sender: simpleUser(state, about.sender),
      installation: installed(installation),
      ...body,
    }),
  );
}
