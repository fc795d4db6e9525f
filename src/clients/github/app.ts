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
  /** How long one request may take, milliseconds. */
  readonly deadline_ms?: number;
}

/** GitHub as the installation of the app on the access repository sees it. */
export interface Client {
  readonly octokit: Octokit;
  /** As configured; a renamed repository is still found by its old name until someone takes that. */
  readonly owner: string;
  readonly name: string;
  /** The installation on the access repository and the login that the app writes under, looked up once. */
  installation(): Promise<{ readonly id: number; readonly bot: string }>;
  /** Asks as the app itself, about the access repository; answers the body. */
  asApp(route: 'GET /repos/{owner}/{repo}/installation'): Promise<unknown>;
  /** It may be another: the next call looks it up anew. */
  forgetInstallation(): void;
  /** An installation token; `refresh` asks for a new one after GitHub refused the last. */
  readonly token: (refresh: boolean) => Promise<string>;
}

const answered = z.object({ data: z.unknown() });
const installed = z.object({ id: z.number().int().positive(), app_slug: z.string() });

const SILENT = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Connects to GitHub as the app's installation on one repository. Nothing is asked before it is needed. */
export function createClient(config: ClientConfig): Client {
  const [owner = '', name = ''] = config.repository.split('/');
  const { retries_ms = [250, 1_000], deadline_ms = 10_000 } = config;
  const connect = (as?: Client['token']) => {
    const octokit = new Octokit({
      baseUrl: config.apiUrl,
      log: SILENT,
      request: config.fetch ? { fetch: config.fetch } : {},
    });
    guardRequests(octokit, { retries_ms, deadline_ms }, as);
    return octokit;
  };
  const asApp = connect();
  const auth = createAppAuth({
    appId: config.appId,
    privateKey: config.privateKey,
    request: asApp.request,
    log: SILENT,
  });

  const askAsApp: Client['asApp'] = async (route) => {
    const found: unknown = await auth.hook(asApp.request, route, { owner, repo: name });
    return answered.parse(found).data;
  };
  let known: ReturnType<Client['installation']> | null = null;
  const lookUp = async () => {
    const found = await askAsApp('GET /repos/{owner}/{repo}/installation');
    const { id, app_slug } = installed.parse(found);
    return { id, bot: `${app_slug}[bot]` };
  };
  const installation = (): ReturnType<Client['installation']> => {
    known ??= lookUp().catch((error: unknown) => {
      known = null;
      throw error;
    });
    return known;
  };
  const token = async (refresh: boolean): Promise<string> => {
    const of = async () => {
      const { id } = await installation();
      return (await auth({ type: 'installation', installationId: id, refresh })).token;
    };
    try {
      return await of();
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
      // The app was installed anew: under another id.
      known = null;
      return of();
    }
  };

  const octokit = connect(token);
  const forgetInstallation = () => {
    known = null;
  };
  return { octokit, owner, name, installation, forgetInstallation, asApp: askAsApp, token };
}
