import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/rest';
import { z } from 'zod';
import { TargetFault } from '../../ports.js';
import type { TargetConfig, TargetsApp } from '../../ports.js';
import { faultOf, statusOf } from './faults.js';

/** More pages than this is a list that was cut (invariant 14). */
const MAX_PAGES = 100;
const PER_PAGE = 100;
const READ_MS = 10_000;

export interface Organization {
  readonly id: number;
  readonly login: string;
  /** The login that the App acts under. */
  readonly bot: string;
}

/** GitHub as the installation of the targets' App on one organisation sees it. Every failure is a `TargetFault`. */
export interface GitHub {
  readonly app: TargetsApp;
  /** `github:` and the host, for fingerprints: ids are unique within one GitHub only. */
  readonly host: string;
  /** The organisation that the target names, asked anew. */
  organization(): Promise<Organization>;
  /** Whether the App is installed on a repository (`owner/name`) too. */
  installedOn(repository: string): Promise<boolean>;
  /** One REST call. */
  call<T>(route: string, parameters: object, schema: z.ZodType<T>, how?: How): Promise<T>;
  /** A list by all its pages, each of which `data` reads; throws where it does not end. */
  list<T>(route: string, parameters: object, data: z.ZodType<T[]>, how?: How): Promise<T[]>;
  graphql<T>(query: string, variables: object, schema: z.ZodType<T>, how?: How): Promise<T>;
  close(): void;
}

export interface How {
  /** Aborts the call at the deadline of what it belongs to. */
  readonly signal?: AbortSignal | undefined;
}
/** `https://api.github.com/orgs/acme`, or the same below the API of a GitHub Enterprise Server. */
const TARGET = /^(https?:\/\/[^?#]+?)\/orgs\/([A-Za-z0-9-]{1,39})\/?$/;

const installed = z.object({
  id: z.number().int(),
  app_slug: z.string(),
  account: z.object({ id: z.number().int(), login: z.string() }),
});

const SILENT = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

function signalOf({ signal }: { signal?: AbortSignal | undefined } = {}): AbortSignal {
  return signal ?? AbortSignal.timeout(READ_MS);
}

/** Connects to one organisation; nothing is asked before it is needed. Throws where the configuration cannot do. */
export function connectGitHub({ url, app }: TargetConfig): GitHub {
  const [, baseUrl, org] = TARGET.exec(url) ?? [];
  if (baseUrl === undefined || org === undefined)
    throw new TargetFault("the target's URL must be like https://api.github.com/orgs/acme", true);
  if (!app) throw new TargetFault('the worker has no TARGETS_APP_ID and TARGETS_PRIVATE_KEY', true);

  const octokit = new Octokit({ baseUrl, log: SILENT });
  // What brings no signal is bounded all the same: the request for a token is the library's own.
  octokit.hook.before('request', (options) => {
    options.request = { ...options.request, signal: signalOf(options.request) };
  });
  const auth = createAppAuth({
    appId: app.id,
    privateKey: app.private_key,
    request: octokit.request,
    log: SILENT,
  });
  let closed = false;
  let installation: number | null = null;
  /** By the machine's steady clock. Until then nothing is sent: whoever asks on may be shut out. */
  let limited_until = 0;

  const guarded = async <T>(schema: z.ZodType<T>, work: () => Promise<unknown>): Promise<T> => {
    if (closed) throw new TargetFault('the connection to GitHub is closed', false);
    const left = limited_until - performance.now();
    if (left > 0) {
      const seconds = Math.ceil(left / 1000);
      throw new TargetFault(`GitHub asks to wait ${seconds} s`, false, { retry_after_ms: left });
    }
    let answer: unknown;
    try {
      answer = await work();
    } catch (error) {
      const fault = faultOf(error);
      limited_until = Math.max(limited_until, performance.now() + fault.retry_after_ms);
      throw fault;
    }
    const read = schema.safeParse(answer);
    if (read.success) return read.data;
    throw new TargetFault(
      `GitHub's answer has another shape: ${z.prettifyError(read.error)}`,
      false,
    );
  };
  const asApp = async (route: string, parameters: object) => {
    const { token } = await auth({ type: 'app' });
    const headers = { authorization: `bearer ${token}` };
    const answer = await octokit.request(route, { ...parameters, headers });
    return answer.data as unknown;
  };
  const organization = async () => {
    const found = await guarded(installed, () => asApp('GET /orgs/{org}/installation', { org }));
    installation = found.id;
    return { id: found.account.id, login: found.account.login, bot: `${found.app_slug}[bot]` };
  };

  /** Runs one request as the installation; once more with a new token after a 401, which did nothing. */
  const asInstallation = async (
    signal: AbortSignal | undefined,
    send: (headers: { authorization: string }, request: How) => Promise<unknown>,
  ): Promise<unknown> => {
    if (installation === null) await organization();
    const once = async (refresh: boolean) => {
      const { token } = await auth({
        type: 'installation',
        installationId: Number(installation),
        refresh,
      });
      return send({ authorization: `token ${token}` }, signal ? { signal } : {});
    };
    try {
      return await once(false);
    } catch (error) {
      if (statusOf(error) !== 401) throw error;
      return once(true);
    }
  };
  const request = (route: string, parameters: object, how: How) =>
    asInstallation(how.signal, async (headers, request) => {
      const answer = await octokit.request(route, { ...parameters, headers, request });
      const more = /rel="next"/.test(answer.headers.link ?? '');
      return { data: answer.data as unknown, more };
    });

  return {
    app,
    host: `github:${new URL(baseUrl).host}`,
    organization,
    async installedOn(repository) {
      const [owner, repo] = repository.split('/');
      const route = 'GET /repos/{owner}/{repo}/installation';
      try {
        await guarded(installed, () => asApp(route, { owner, repo }));
        return true;
      } catch (error) {
        if (statusOf(error) === 404) return false;
        throw error;
      }
    },
    async call(route, parameters, schema, how = {}) {
      const answer = z.object({ data: schema });
      return (await guarded(answer, () => request(route, parameters, how))).data;
    },
    async list<T>(route: string, parameters: object, data: z.ZodType<T[]>, how: How = {}) {
      const page = z.object({ data, more: z.boolean() });
      const all: T[] = [];
      for (let number = 1; number <= MAX_PAGES; number += 1) {
        const paged = { ...parameters, per_page: PER_PAGE, page: number };
        const got = await guarded(page, () => request(route, paged, how));
        all.push(...got.data);
        if (!got.more) return all;
      }
      throw new TargetFault(`a list of GitHub's does not end after ${MAX_PAGES} pages`, true);
    },
    graphql: (query, variables, schema, how = {}) =>
      guarded(schema, () =>
        asInstallation(how.signal, (headers, request) =>
          octokit.graphql(query, { ...variables, headers, request }),
        ),
      ),
    close: () => {
      closed = true;
    },
  };
}
