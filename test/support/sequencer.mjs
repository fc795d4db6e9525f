import Sequencer from '@jest/test-sequencer';

/**
 * The longest first, by what they took on a machine of their own, so that no worker is left alone with one of them at the
 * end. A fresh clone knows no durations, and the size of a file says little about its own.
 */
const LONGEST = [
  '/test/e2e/kill-worker.',
  '/test/e2e/deployment.redis.',
  '/test/e2e/kill-servers.',
  '/test/e2e/mass-ending.',
  '/test/e2e/start.',
  '/test/setup/another-user.',
  '/test/e2e/limits.',
  '/test/bench/quick.',
  '/test/providers/postgres/outliving.',
  '/lab/demo/',
];

/** Then whole stories, then what is quick. */
const ORDER = [...LONGEST, '/test/e2e/'];

export default class extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const found = ORDER.findIndex((part) => path.includes(part));
      return found < 0 ? ORDER.length : found;
    };
    return super.sort(tests).toSorted((a, b) => rank(a) - rank(b));
  }
}
