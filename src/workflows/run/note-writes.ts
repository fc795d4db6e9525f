import type { World } from '../../ports.js';

/** A world that remembers whether a workflow has written anything with it, to the ledger or to GitHub. */
export function noteWrites<W extends Pick<World, 'ledger' | 'reports'>>(
  world: W,
): { readonly world: W; wrote(): boolean } {
  let wrote = false;
  const { ledger, reports } = world;
  const noting: W = {
    ...world,
    ledger: {
      ...ledger,
      append: (...written) => {
        wrote = true;
        return ledger.append(...written);
      },
    },
    reports: {
      check: (...written) => {
        wrote = true;
        return reports.check(...written);
      },
      comment: (...written) => {
        wrote = true;
        return reports.comment(...written);
      },
    },
  };
  return { world: noting, wrote: () => wrote };
}
