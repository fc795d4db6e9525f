import Sequencer from '@jest/test-sequencer';

/**
 * Longest first, so that no worker is left alone with a long one at the end: whole stories, then the demo as another user in
 * a fresh checkout, then what is quick.
 */
const ORDER = ['/test/e2e/', '/test/setup/another-user.'];

export default class extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const found = ORDER.findIndex((part) => path.includes(part));
      return found < 0 ? ORDER.length : found;
    };
    return super.sort(tests).toSorted((a, b) => rank(a) - rank(b));
  }
}
