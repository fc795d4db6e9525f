import type { Entry } from '../../core/ledger/events.js';
import type { Ledger } from '../../ports.js';

/** How many entries are read at once. */
const PAGE = 1_000;

/** The entries that pass a filter, oldest first, read page by page. */
export async function* entriesByPage(
  ledger: Pick<Ledger, 'entries'>,
  filter: Omit<Parameters<Ledger['entries']>[0], 'after' | 'limit'>,
): AsyncGenerator<Entry> {
  let after = 0;
  for (;;) {
    const page = await ledger.entries({ ...filter, after, limit: PAGE });
    yield* page;
    after = page.at(-1)?.seq ?? after;
    if (page.length < PAGE) return;
  }
}
