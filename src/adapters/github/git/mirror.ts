import type { Clone, CloneOptions, FetchLane } from './clone.js';
import { openClone } from './clone.js';
import type { Remote } from './fetch.js';
import { Damaged } from './fetch.js';

/** The access repository on this machine. It is a cache: a damaged clone is left for another and fetched again. */
export interface Mirror {
  /** Runs `work` on the clone; if that turns out to be damaged, once more on a new one. Fetches use the lane. */
  read<T>(lane: FetchLane, work: (clone: Clone) => Promise<T>): Promise<T>;
}

/** A mirror whose clones are below the folder `parent`. */
export function openMirror(
  parent: string,
  remote: () => Promise<Remote>,
  options?: CloneOptions,
): Mirror {
  let current = openClone(parent, remote, options);
  return {
    async read(lane, work) {
      const clone = current;
      try {
        return await work(clone[lane]);
      } catch (error) {
        if (!(error instanceof Damaged)) throw error;
        if (current === clone) {
          current = openClone(parent, remote, { ...options, anew: true });
          await clone.remove();
        }
        return work(current[lane]);
      }
    },
  };
}
