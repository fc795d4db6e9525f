import { describe, expect, test } from '@jest/globals';
import { trusting } from '../../src/core/trust.js';
import { policy, source } from '../adapters/postgres/entries.js';
import { GRANT, PATH, record, told } from '../support/core/story.js';
import type { Told } from '../support/core/story.js';

const tip = 'f00df00df00df00d';
const approved = told.approved();
const active = [approved, told.activating(), told.activated()];

describe('invariant 10: trusting a tip', () => {
  test.each<readonly [string, readonly Told[], readonly string[], string | null]>([
    ['its file stands: it stays', active, [PATH], null],
    ['active, and its file is gone', active, [], 'grant.ending'],
    ['begun, and its file is gone', active.slice(0, 2), [], 'grant.ending'],
    ['scheduled, and its file is gone', [approved], [], 'grant.withdrawn'],
    ['quarantined, and its file is gone', [told.quarantined()], [], 'grant.withdrawn'],
    ['quarantined, and its file stands: it stays so', [told.quarantined()], [PATH], null],
    ['ending already', [...active, told.ending(5)], [], null],
    ['over', [...active, told.expired(241)], [], null],
    [
      'another file of that name in another place',
      active,
      [PATH.replace('production', 'x')],
      'grant.ending',
    ],
  ])('%s', (_, story, paths, kind) => {
    const entries = trusting({ source, tip, policy, grants: [record(...story)], paths });
    expect(entries[0]).toEqual({
      kind: 'ledger.started',
      grant: null,
      pull_request: null,
      body: { source, step: tip, policy },
    });
    expect(entries.slice(1)).toEqual(
      kind === null
        ? []
        : [
            {
              kind,
              grant: GRANT,
              pull_request: 7,
              body: {
                why: 'its file is not in f00df00df00d, which daypass trust recorded',
                who: null,
              },
            },
          ],
    );
  });

  test('what stands there and has no grant gives nothing', () => {
    const entries = trusting({ source, tip, policy, grants: [], paths: [PATH] });
    expect(entries.map(({ kind }) => kind)).toEqual(['ledger.started']);
  });
});
