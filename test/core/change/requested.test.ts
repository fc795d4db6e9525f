import { describe, expect, test } from '@jest/globals';
import { inTheNameOf, requestedBy } from '../../../src/core/change/requested.js';
import type { PullRequest } from '../../../src/core/change/snapshot.js';

const alice = { id: 101, login: 'alice', type: 'User' } as const;
const mallory = { id: 666, login: 'mallory', type: 'User' } as const;
const app = { id: 9_001, login: 'daypass-requests[bot]', type: 'Bot' } as const;
const recorded = {
  ...{ request: 'r-1', person: alice, app },
  ...{ branch: 'daypass/alice-orders-1', commit: 'c0ffee' },
};
const pull: PullRequest = {
  ...{ number: 7, url: '', title: '', state: 'open', author: app },
  ...{ base_ref: 'main', base_changed: false, merge_commit: null, merged_at: null },
  ...{ head_ref: recorded.branch, head_sha: recorded.commit, head_repository: 1 },
};

describe('invariant 4: for whom the requests App opened a pull request', () => {
  test('says the record of its very head', () => {
    expect(requestedBy(pull, 1, recorded)).toBe(recorded);
  });

  test.each<[string, Partial<PullRequest>]>([
    ['another commit', { head_sha: 'decaf' }],
    ['another App', { author: { ...app, id: 9_002 } }],
    ['a person with the id of the App', { author: { ...mallory, id: app.id } }],
    ['a person', { author: mallory }],
    ['an account that is gone', { author: null }],
    ['another branch', { head_ref: 'daypass/other' }],
    ['a branch that is none of requests', { head_ref: 'main' }],
    ['a fork', { head_repository: 2 }],
    ['a repository that is gone', { head_repository: null }],
  ])('nothing says it for %s', (_, change) => {
    expect(requestedBy({ ...pull, ...change }, 1, recorded)).toBeNull();
  });

  test('nothing says it without a record', () => {
    expect(requestedBy(pull, 1, null)).toBeNull();
  });

  test('the person contributed, and so did everybody else who pushed; what is unknown stays', () => {
    const found = { people: [app, mallory], unknown: ['who pushed'] };
    expect(inTheNameOf(recorded, found)).toEqual({
      people: [alice, mallory],
      unknown: ['who pushed'],
    });
  });
});
