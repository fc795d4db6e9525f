import type { GraphQLResolveInfo, SelectionSetNode } from 'graphql';
import { Kind } from 'graphql/language/kinds.js';
import type { Fields } from './graph.js';
import { Failure } from './failure.js';

/** The paging arguments of every connection. */
export interface Page {
  readonly first?: number;
  readonly after?: string;
  readonly last?: number;
  readonly before?: string;
}

export interface Items<T> {
  readonly all: readonly T[];
  /** Ascending numbers that stay with an item while others come and go; without it, the position. */
  readonly key?: (item: T) => number;
  readonly node: (item: T) => unknown;
  /** The fields of an edge beside `cursor` and `node`. */
  readonly edge?: (item: T) => Fields;
}

/** GitHub's limit for `first` and `last`. */
const MOST = 100;
const CURSOR = /^cursor:v2:(-?\d+)$/;

const write = (key: number): string => Buffer.from(`cursor:v2:${key}`).toString('base64');

function read(cursor: string): number {
  const [, key] = CURSOR.exec(Buffer.from(cursor, 'base64').toString()) ?? [];
  if (key === undefined)
    throw new Failure(
      'INVALID_CURSOR_ARGUMENTS',
      `\`${cursor}\` does not appear to be a valid cursor.`,
    );
  return Number(key);
}

/** Whether a selection has one of `names`, directly or in a fragment. */
function selects(
  set: SelectionSetNode | undefined,
  names: readonly string[],
  { fragments }: GraphQLResolveInfo,
): boolean {
  const has = (inner: SelectionSetNode | undefined): boolean =>
    (inner?.selections ?? []).some((selection) => {
      if (selection.kind === Kind.FIELD) return names.includes(selection.name.value);
      if (selection.kind === Kind.INLINE_FRAGMENT) return has(selection.selectionSet);
      return has(fragments[selection.name.value]?.selectionSet);
    });
  return has(set);
}

/** GitHub requires a page size wherever items are selected, of at most 100. */
function checkBounds({ first, last }: Page, info: GraphQLResolveInfo): void {
  const name = info.fieldName;
  const wants = info.fieldNodes.some(({ selectionSet }) =>
    selects(selectionSet, ['nodes', 'edges'], info),
  );
  if (wants && first === undefined && last === undefined)
    throw new Failure(
      'MISSING_PAGINATION_BOUNDARIES',
      `You must provide a \`first\` or \`last\` value to properly paginate the \`${name}\` connection.`,
    );
  for (const [bound, value] of Object.entries({ first, last })) {
    if (value === undefined) continue;
    if (value < 0)
      throw new Failure(
        'UNPROCESSABLE',
        `\`${bound}\` on the \`${name}\` connection cannot be less than zero.`,
      );
    if (value > MOST)
      throw new Failure(
        'EXCESSIVE_PAGINATION',
        `Requesting ${value} records on the \`${name}\` connection exceeds the \`${bound}\` limit of ${MOST} records.`,
      );
  }
}

/** One page of a list, in the shape of GitHub's connections. */
export function connection<T>(page: Page, info: GraphQLResolveInfo, items: Items<T>): Fields {
  checkBounds(page, info);
  const keyed = items.all.map((item, i) => ({ item, key: items.key ? items.key(item) : i + 1 }));
  const after = page.after === undefined ? -Infinity : read(page.after);
  const before = page.before === undefined ? Infinity : read(page.before);
  const between = keyed.filter(({ key }) => key > after && key < before);
  const headed = page.first === undefined ? between : between.slice(0, page.first);
  const shown =
    page.last === undefined ? headed : headed.slice(Math.max(headed.length - page.last, 0));
  const [start] = shown;
  const end = shown.at(-1);
  return {
    totalCount: keyed.length,
    pageInfo: {
      hasNextPage: end !== undefined && keyed.at(-1) !== end,
      hasPreviousPage: start !== undefined && keyed[0] !== start,
      startCursor: start ? write(start.key) : null,
      endCursor: end ? write(end.key) : null,
    },
    nodes: () => shown.map(({ item }) => items.node(item)),
    edges: () =>
      shown.map(({ item, key }) => ({
        cursor: write(key),
        node: () => items.node(item),
        ...items.edge?.(item),
      })),
  };
}
