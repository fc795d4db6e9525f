import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/rest';
import { z } from 'zod';
import { guardRequests, statusOf } from './requests.js';

export interface ClientConfig {
  readonly appId: number;
  /** PEM. */
  readonly privateKey: string;
  /** Base of the REST API, as `GITHUB_API_URL` gives it. */
  readonly apiUrl: string;
  /** `ACCESS_REPOSITORY`: `owner/name`. */
  readonly repository: string;
  readonly fetch?: typeof globalThis.fetch;
  /** Waits before a failed read is tried again, milliseconds. */
  readonly retries_ms?: readonly number[];
}

/** GitHub as the installation of the app on the access repository sees it. */
export interface Client {
  readonly octokit: Octokit;
  readonly appId: number;
  /** As configured; a renamed repository is still found by its old name until someone takes that. */
  readonly owner: string;
  readonly name: string;
  /** The installation on the access repository, looked up once. */
  installationId(): Promise<number>;
  /** An installation token; `refresh` asks for a new one after GitHub refused the last. */
  readonly token: (refresh: boolean) => Promise<string>;
}

const installed = z.object({ data: z.object({ id: z.number().int().positive() }) });

const SILENT = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Connects to GitHub as the app's installation on one repository. Nothing is asked before it is needed. */
export function createClient(config: ClientConfig): Client {
  const [owner = '', name = ''] = config.repository.split('/');
  const retries = config.retries_ms ?? [250, 1_000];
  const connect = (as?: Client['token']) => {
    const octokit = new Octokit({
      baseUrl: config.apiUrl,
      log: SILENT,
      request: config.fetch ? { fetch: config.fetch } : {},
    });
    guardRequests(octokit, retries, as);
    return octokit;
  };
  const asApp = connect();
  const auth = createAppAuth({
    appId: config.appId,
    privateKey: config.privateKey,
    request: asApp.request,
    log: SILENT,
  });

  let installation: Promise<number> | null = null;
  const lookUp = async (): Promise<number> => {
    const route = 'GET /repos/{owner}/{repo}/installation';
    const found: unknown = await auth.hook(asApp.request, route, { owner, repo: name });
    return installed.parse(found).data.id;
  };
  const installationId = (): Promise<number> => {
    installation ??= lookUp().catch((error: unknown) => {
      installation = null;
      throw error;
    });
    return installation;
  };
  const token = async (refresh: boolean): Promise<string> => {
    const of = async () => {
      const id = await installationId();
      return (await auth({ type: 'installation', installationId: id, refresh })).token;
    };
    try {
      return await of();
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
      // The app was installed anew: under another id.
      installation = null;
      return of();
    }
  };

  const octokit = connect(token);
  return { octokit, appId: config.appId, owner, name, installationId, token };
}
