import { z } from 'zod';
import { OverLimits } from '../../ports/faults.js';
import { UnexpectedAnswer, shaped } from './answers.js';
import type { App } from './app.js';

/** A list with more pages than this is not read at all. */
const MAX_PAGES = 100;

const tooLong = () => new OverLimits(`a list from GitHub has more than ${MAX_PAGES} pages`);

/**
 * Yields the body of each page of a REST list; throws `OverLimits` if the list does not end. Octokit's own `paginate`
 * is not used: it takes a page that answered 409, or whose body was cut, for an empty one, and forgets the signal.
 */
export async function* listPages(
  app: Pick<App, 'octokit'>,
  route: string,
  parameters: object,
  signal?: AbortSignal,
): AsyncGenerator {
  const request = signal ? { signal } : {};
  let next: object | null = {};
  for (let read = 0; read < MAX_PAGES; read += 1) {
    const asked = { ...parameters, per_page: 100, ...next, request };
    const answer = await app.octokit.request(route, asked);
    yield answer.data as unknown;
    next = nextOf(answer.headers.link);
    if (next === null) return;
  }
  throw tooLong();
}

/** The parameters of the next page. Only the link's query is used, so that no token is sent anywhere else. */
function nextOf(link = ''): object | null {
  const [, url] = /<([^<>]+)>;\s*rel="next"/.exec(link) ?? [];
  return url === undefined ? null : Object.fromEntries(new URL(url).searchParams);
}

/** A whole REST list; `page` reads each of its pages; throws if one fails or the list does not end. */
export async function readList<T>(
  app: Pick<App, 'octokit'>,
  route: string,
  parameters: object,
  page: z.ZodType<T[]>,
  signal?: AbortSignal,
): Promise<T[]> {
  const all: T[] = [];
  for await (const data of listPages(app, route, parameters, signal))
    all.push(...shaped(page, data));
  return all;
}

/** The shape of one page of a GraphQL list. */
export const page = <T extends z.ZodType>(node: T) =>
  z.object({
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
    nodes: z.array(node),
  });

export interface Page<T> {
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly nodes: readonly T[];
}

/**
 * A whole GraphQL list from its first page on; throws if it does not end (invariant 3: never a shorter list),
 * `OverLimits` if it has more than `MAX_PAGES` pages.
 */
export async function readAll<T>(
  first: Page<T>,
  next: (after: string) => Promise<Page<T>>,
): Promise<T[]> {
  const all = [...first.nodes];
  let { pageInfo } = first;
  for (let read = 1; pageInfo.hasNextPage; read += 1) {
    if (read >= MAX_PAGES) throw tooLong();
    if (pageInfo.endCursor === null)
      throw new UnexpectedAnswer(
        'a list from GitHub has more pages, but GitHub does not say where the next one begins',
      );
    const more = await next(pageInfo.endCursor);
    all.push(...more.nodes);
    pageInfo = more.pageInfo;
  }
  return all;
}
