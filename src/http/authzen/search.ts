import { tokenAfter, type AskedSearch } from '../../core/use/authzen/search.js';
import type { FoundAtUse } from '../../workflows/use/search-uses.js';
import type { Answered } from './exchange.js';

const STATUS = { no_environment: 400, no_point: 401, forbidden: 403, not_current: 503 } as const;

/** The answer to a search. It speaks of pages where the request does, or where there are more. */
export function resultsOf(search: AskedSearch, found: FoundAtUse): Answered {
  if (found.kind !== 'found') return { status: STATUS[found.kind], body: found.why };
  const { results, next } = found;
  const next_token = next === null ? '' : tokenAfter(search, next);
  const page = (search.paged || next !== null) && { page: { next_token, count: results.length } };
  return { status: 200, body: { ...page, results } };
}
