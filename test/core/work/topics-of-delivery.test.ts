import { describe, expect, test } from '@jest/globals';
import {
  topicsOf,
  topicsOfAll,
  type KnownRepository,
  type Waking,
} from '../../../src/core/work/topics-of-delivery.js';

const known: KnownRepository = { default_branch: 'main', listed: new Set([7]) };
const delivery = (event: string, rest: Partial<Waking> = {}): Waking => ({
  event,
  action: null,
  pull_request: null,
  ref: null,
  ...rest,
});

describe('invariant 25: a pull request that is not in the list of open ones is not read, the list is', () => {
  test.each<[string, Partial<Waking>, string[]]>([
    ['pull_request', { action: 'opened' }, ['pulls']],
    ['pull_request', { action: 'reopened' }, ['pulls']],
    ['pull_request', { action: 'closed' }, ['pulls', 'tip']],
    ['pull_request_review', { action: 'submitted' }, ['pulls']],
    ['check_run', { action: 'rerequested' }, ['pulls']],
    ['check_suite', { action: 'rerequested' }, ['pulls']],
  ])('%s %o', (event, rest, expected) => {
    const of = (pull_request: number) =>
      topicsOf(delivery(event, { ...rest, pull_request }), known);
    expect(of(8)).toEqual(expected);
    expect(of(2 ** 50)).toEqual(expected);
    expect(of(7)).toEqual(expected.map((topic) => (topic === 'pulls' ? 'pull:7' : topic)));
  });

  test('made-up numbers wake one look together', () => {
    const made_up = Array.from({ length: 300 }, (_, n) =>
      delivery('pull_request', { action: 'opened', pull_request: 1_000 + n }),
    );
    expect(topicsOfAll(made_up, known)).toEqual(['pulls']);
  });
});

test.each<[string, Partial<Waking>, Partial<KnownRepository>, string[]]>([
  ['to the default branch', { ref: 'refs/heads/main' }, {}, ['tip', 'pulls']],
  ['to another branch', { ref: 'refs/heads/mine' }, {}, ['pulls']],
  ['to a branch whose name only ends like it', { ref: 'refs/heads/x/main' }, {}, ['pulls']],
  ['of a tag called like it', { ref: 'refs/tags/main' }, {}, ['pulls']],
  ['to a branch that is not named', {}, {}, ['tip', 'pulls']],
  ['before first start', { ref: 'refs/heads/x' }, { default_branch: null }, ['tip', 'pulls']],
])('a push %s wakes %o', (_, rest, of, expected) => {
  expect(topicsOf(delivery('push', rest), { ...known, ...of })).toEqual(expected);
});
