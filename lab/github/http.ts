import type { IncomingHttpHeaders } from 'node:http';
import type { z } from 'zod';
import type { Need } from './access.js';
import type { GitHub } from './github.js';
import { invalid } from './refusal.js';
import type { Identity, Repo } from './state.js';

export interface Call {
  readonly github: GitHub;
  readonly identity: Identity;
  readonly method: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** The JSON of the body; undefined without one. */
  readonly body: unknown;
  /** The absolute address of the call, for links to other pages. */
  readonly url: URL;
}

export interface RepoCall extends Call {
  readonly repo: Repo;
}

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface RouteBase {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** The template in GitHub's description: `/repos/{owner}/{repo}/pulls/{pull_number}`. */
  readonly path: string;
}

export type Route =
  | (RouteBase & {
      readonly who: 'repo';
      readonly need: Need;
      readonly handle: (call: RepoCall) => Promise<Reply> | Reply;
    })
  | (RouteBase & {
      /** `anyone`: the handler checks; `app`: only a JWT; `person`: only a user token or an installation. */
      readonly who: 'anyone' | 'app' | 'person';
      readonly handle: (call: Call) => Promise<Reply> | Reply;
    });

/** A route on one repository, which the caller can see and for which it has what `need` says. */
export const onRepo = (
  method: RouteBase['method'],
  path: string,
  need: Need,
  handle: (call: RepoCall) => Promise<Reply> | Reply,
): Route => ({ method, path, who: 'repo', need, handle });

export const route = (
  method: RouteBase['method'],
  path: string,
  who: 'anyone' | 'app' | 'person',
  handle: (call: Call) => Promise<Reply> | Reply,
): Route => ({ method, path, who, handle });

export const ok = (body: unknown): Reply => ({ status: 200, body });
export const created = (body: unknown): Reply => ({ status: 201, body });
export const noContent: Reply = { status: 204 };

/** The body, checked by the schema, or 422. Like on GitHub, unknown fields are ignored. */
export function readBody<S extends z.ZodType>(call: Call, schema: S): z.output<S> {
  const parsed = schema.safeParse(call.body ?? {});
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw invalid(`Invalid request.\n\n${problems.join('\n')}`);
}

const whole = (text: string | null, otherwise: number) =>
  text !== null && /^\d+$/.test(text) ? Number(text) : otherwise;

/** One page of a list (`page`, `per_page`, at most 100) with GitHub's `Link` header. `wrap` puts the items into the answer. */
export async function paged<T>(
  call: Call,
  all: readonly T[],
  view: (item: T) => unknown,
  wrap: (items: unknown[]) => unknown = (items) => items,
): Promise<Reply> {
  const per_page = Math.min(Math.max(whole(call.query.get('per_page'), 30), 1), 100);
  const page = Math.max(whole(call.query.get('page'), 1), 1);
  const last = Math.max(Math.ceil(all.length / per_page), 1);
  const items = all.slice((page - 1) * per_page, page * per_page);
  const to = (number: number, rel: string) => {
    const url = new URL(call.url);
    url.searchParams.set('page', String(number));
    return `<${url.href}>; rel="${rel}"`;
  };
  const links = [
    ...(page > 1 ? [to(page - 1, 'prev')] : []),
    ...(page < last ? [to(page + 1, 'next'), to(last, 'last')] : []),
    ...(page > 1 ? [to(1, 'first')] : []),
  ];
  return {
    status: 200,
    body: wrap(await Promise.all(items.map(view))),
    headers: links.length > 0 ? { link: links.join(', ') } : {},
  };
}
