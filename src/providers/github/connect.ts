import type { z } from 'zod';
import type { CallPurpose } from '../../core/work/budget.js';
import { UnexpectedAnswer, shaped } from '../../clients/github/answers.js';
import { connectApp } from '../../clients/github/app.js';
import { ask } from '../../clients/github/graphql.js';
import { readList, readAll } from '../../clients/github/lists.js';
import type { Page } from '../../clients/github/lists.js';
import { statusOf } from '../../clients/github/requests.js';
import { TargetFault } from '../../ports.js';
import type { TargetConfig, TargetsApp } from '../../ports.js';
import { targetFaultOf } from './fault.js';

export interface Organization {
  readonly id: number;
  readonly login: string;
  /** The login that the App acts under. */
  readonly bot: string;
}

/** GitHub as the installation of the targets' App on one organisation sees it. Every failure is a `TargetFault`. */
export interface GitHub {
  readonly app: TargetsApp;
  /** The same for calls of another purpose: what is left of an hour's limit at the last is for ends (invariant 16). */
  as(purpose: CallPurpose): GitHub;
  /** `github:` and the host, for fingerprints: ids are unique within one GitHub only. */
  readonly host: string;
  /** The organisation that the target names, remembered until `forget`. */
  organization(): Promise<Organization>;
  /** Forgets the organisation, because a name no longer leads where it did: the next question asks anew. */
  forget(): void;
  /** Whether the App is installed on a repository (`owner/name`) too. */
  installedOn(repository: string): Promise<boolean>;
  /** One REST call. */
  call<T>(route: string, parameters: object, schema: z.ZodType<T>, how?: How): Promise<T>;
  /** A whole list; `page` reads each of its pages; throws if it does not end. */
  list<T>(route: string, parameters: object, page: z.ZodType<T[]>, how?: How): Promise<T[]>;
  /** A whole list from GraphQL, of `what`; throws if it was cut (invariant 14). */
  whole<T>(
    what: string,
    read: (after: string | null) => Promise<CountedPage<T>>,
    distinct?: (one: T) => unknown,
  ): Promise<T[]>;
  graphql<T>(query: string, variables: object, schema: z.ZodType<T>, how?: HowToAsk): Promise<T>;
  close(): void;
}

export interface How {
  /** Aborts the call at the deadline of what it belongs to. */
  readonly signal?: AbortSignal | undefined;
}
export interface HowToAsk extends How {
  /** The fields that may be null because GitHub does not have what they ask for. */
  readonly missing?: RegExp | undefined;
}
/** One page of a list, and how many are in all of it. */
export interface CountedPage<T> extends Page<T> {
  readonly totalCount: number;
}

/** `https://api.github.com/orgs/acme`, or the same below the API of a GitHub Enterprise Server. */
const TARGET = /^(https?:\/\/[^?#]+?)\/orgs\/([A-Za-z0-9-]{1,39})\/?$/;

/**
 * Connects to one organisation; nothing is asked before it is needed. Throws if the configuration cannot work. A
 * request may take `deadline_ms`.
 */
export function connectAsTarget(
  { url, app }: TargetConfig,
  { deadline_ms = 10_000 }: { readonly deadline_ms?: number } = {},
): GitHub {
  const [, apiUrl, org] = TARGET.exec(url) ?? [];
  if (apiUrl === undefined || org === undefined)
    throw new TargetFault("the target's URL must be like https://api.github.com/orgs/acme", true);
  if (!app) throw new TargetFault('the worker has no TARGETS_APP_ID and TARGETS_PRIVATE_KEY', true);

  const client = connectApp({
    appId: app.id,
    privateKey: app.private_key,
    apiUrl,
    place: { org },
    // A failure is a fault, and its caller tries again.
    retries_ms: [],
    deadline_ms,
    onCall: app.onCall,
  });
  let closed = false;
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    if (closed) throw new TargetFault('the connection to GitHub is closed', false);
    try {
      return await work();
    } catch (error) {
      throw targetFaultOf(error);
    }
  };

  const as = (purpose: CallPurpose): GitHub => {
    const asking = { octokit: client.octokitFor(purpose) };
    return {
      app,
      as,
      host: `github:${new URL(apiUrl).host}`,
      organization: () =>
        guarded(async () => {
          const { account, bot } = await client.installation();
          if (account === null)
            throw new UnexpectedAnswer("the App's installation belongs to no account");
          return { ...account, bot };
        }),
      forget: () => client.forgetInstallation(),
      async installedOn(repository) {
        const [owner = '', repo = ''] = repository.split('/');
        const route = 'GET /repos/{owner}/{repo}/installation';
        try {
          await guarded(() => client.asApp(route, { owner, repo }));
          return true;
        } catch (error) {
          if (statusOf(error) === 404) return false;
          throw error;
        }
      },
      call: (route, parameters, schema, { signal } = {}) =>
        guarded(async () => {
          const request = signal ? { signal } : {};
          const answer = await asking.octokit.request(route, { ...parameters, request });
          return shaped(schema, answer.data);
        }),
      list: (route, parameters, page, { signal } = {}) =>
        guarded(() => readList(asking, route, parameters, page, signal)),
      whole: (what, read, distinct = (one) => one) =>
        guarded(async () => {
          let count = 0;
          const counted = async (after: string | null) => {
            const page = await read(after);
            count = page.totalCount;
            return page;
          };
          const all = await readAll(await counted(null), counted);
          if (new Set(all.map(distinct)).size === count) return all;
          throw new TargetFault(`the list of ${what} was cut`, false);
        }),
      graphql: (query, variables, schema, how = {}) =>
        guarded(() => ask(asking, query, variables, schema, how)),
      close: () => {
        closed = true;
      },
    };
  };
  return as('end');
}
