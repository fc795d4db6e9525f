import type { Clone, CloneOptions, Remote } from './clone.js';
import { Damaged, openClone } from './clone.js';

/** The access repository on this machine. It is a cache: a damaged clone is left for another and fetched again. */
export interface Mirror {
  /** Runs `work` on the clone; if that turns out to be damaged, once more on a new one. */
  read<T>(work: (clone: Clone) => Promise<T>): Promise<T>;
}

/** A mirror whose clones are below the folder `parent`. */
export function openMirror(
  parent: string,
  remote: () => Promise<Remote>,
  options?: CloneOptions,
): Mirror {
  const open = () => openClone(parent, remote, options);
  let current = open();
  return {
    async read(work) {
      const clone = current;
      try {
        return await work(clone);
      } catch (error) {
        if (!(error instanceof Damaged)) throw error;
        if (current === clone) {
          current = open();
          await clone.remove();
        }
        return work(current);
      }
    },
  };
}
