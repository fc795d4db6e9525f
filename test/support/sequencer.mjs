import Sequencer from '@jest/test-sequencer';

/** Longest first, so that no worker is left alone with a long one at the end: a run of everything, then whole stories. */
const LONG = ['/test/setup/another-user.', '/test/e2e/'];

export default class extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const found = LONG.findIndex((part) => path.includes(part));
      return found < 0 ? LONG.length : found;
    };
    return super.sort(tests).toSorted((a, b) => rank(a) - rank(b));
  }
}
