import { createAppAuth } from '@octokit/auth-app';
import type { Octokit } from '@octokit/rest';
import { z } from 'zod';
import { shaped } from './answers.js';
import type { CallPurpose } from '../../core/work/budget.js';
import { createOctokit, SILENT, type ApiPlace } from './octokit.js';
import { createQuota, type Quota, type SharedWait } from './quota.js';
import { guardRequests, statusOf } from './requests.js';
import type { RequestBounds } from './requests.js';

/** What an App is installed on, as GitHub's routes name it. */
type InstalledAt = { readonly owner: string; readonly repo: string } | { readonly org: string };

export interface AppConfig extends ApiPlace, Partial<RequestBounds> {
  readonly appId: number;
  /** PEM. */
  readonly privateKey: string;
  readonly place: InstalledAt;
}

export interface Installation {
  readonly id: number;
  /** The login that the App writes as. */
  readonly bot: string;
  readonly account: { readonly id: number; readonly login: string } | null;
}

type InstallationRoute = 'GET /repos/{owner}/{repo}/installation' | 'GET /orgs/{org}/installation';

/** GitHub as an installation of an App sees it. */
export interface App {
  /** For calls of no more urgent purpose than any. */
  readonly octokit: Octokit;
  /** The same for calls of another purpose; all share the installation's limits. */
  readonly octokitFor: (purpose: CallPurpose) => Octokit;
  /** The installation, looked up once; `anew` asks again. */
  installation(anew?: boolean): Promise<Installation>;
  /** Forgets the installation, which may have changed: the next call looks it up again. */
  forgetInstallation(): void;
  /** Asks as the App itself about an installation; returns the body. */
  asApp(route: InstallationRoute, place: InstalledAt): Promise<unknown>;
  /** An installation token; `refresh` asks for a new one after GitHub refused the last. */
  readonly token: (refresh: boolean) => Promise<string>;
}

const answered = z.object({ data: z.unknown() });
const installed = z
  .object({
    id: z.number().int().positive(),
    app_slug: z.string(),
    account: z.object({ id: z.number().int(), login: z.string() }).nullish(),
  })
  .transform(({ id, app_slug, account = null }) => ({ id, bot: `${app_slug}[bot]`, account }));

/** Connects to GitHub as an App's installation. Nothing is asked before it is needed. */
export function connectApp(config: AppConfig): App {
  const { place, retries_ms = [250, 1_000], deadline_ms = 10_000, onCall } = config;
  const connect = (quota: Quota, purpose: CallPurpose, as?: App['token']) => {
    const octokit = createOctokit(config);
    const asking = { quota, purpose, ...(as && { token: as }) };
    guardRequests(octokit, { retries_ms, deadline_ms, onCall }, asking);
    return octokit;
  };
  // The App itself has hourly limits of its own, and every call of the installation needs its token.
  const all: SharedWait = { until: 0 };
  const itself = connect(createQuota(all), 'end');
  const auth = createAppAuth({
    appId: config.appId,
    privateKey: config.privateKey,
    request: itself.request,
    log: SILENT,
  });

  const asApp: App['asApp'] = async (route, about) => {
    const found: unknown = await auth.hook(itself.request, route, { ...about });
    return answered.parse(found).data;
  };
  let known: Promise<Installation> | null = null;
  const lookUp = async (): Promise<Installation> =>
    shaped(
      installed,
      await asApp(
        'org' in place ? 'GET /orgs/{org}/installation' : 'GET /repos/{owner}/{repo}/installation',
        place,
      ),
    );
  const installation: App['installation'] = async (anew = false) => {
    if (anew) {
      const found = await lookUp();
      known = Promise.resolve(found);
      return found;
    }
    known ??= lookUp().catch((error: unknown) => {
      known = null;
      throw error;
    });
    return known;
  };
  const forgetInstallation = () => {
    known = null;
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
      // The App was installed again, under another id.
      forgetInstallation();
      return of();
    }
  };
  const quota = createQuota(all);
  const octokits = {
    end: connect(quota, 'end', token),
    tip: connect(quota, 'tip', token),
    other: connect(quota, 'other', token),
  };
  const octokitFor: App['octokitFor'] = (purpose) => octokits[purpose];
  return {
    ...{ octokit: octokits.other, octokitFor },
    ...{ installation, forgetInstallation, asApp, token },
  };
}

export interface ClientConfig extends Omit<AppConfig, 'place'> {
  /** `ACCESS_REPOSITORY`: `owner/name`. */
  readonly repository: string;
}

/** GitHub as the installation of the App on the access repository sees it. */
export interface Client extends App {
  /** As configured; a renamed repository is still found by its old name until someone takes that. */
  readonly owner: string;
  readonly name: string;
}

/** Connects to GitHub as the App's installation on one repository. Nothing is asked before it is needed. */
export function createClient({ repository, ...config }: ClientConfig): Client {
  const [owner = '', name = ''] = repository.split('/');
  return { ...connectApp({ ...config, place: { owner, repo: name } }), owner, name };
}
