import { describe, expect, test } from '@jest/globals';
import { landing, type Landing } from '../../../src/core/ledger/landing.js';
import type { GrantRecord } from '../../../src/core/grant/record.js';
import { bob, hours, minute, PATH, record, told, window } from '../../../lab/acme/story.js';
import { change } from '../../support/core/changes.js';
import { APPROVED, REVIEWED } from '../../support/core/decisions.js';

const active = record(
  told.approved(0, { unreviewed: true }),
  told.activating(1),
  told.activated(1),
);
const added = (n: number) => change('added', { path: `access-grants/production/${n}.yml` });
const WHY =
  'of the grants in production that nobody reviewed, environments.production.without_review allows 2 for one person, who has 2: wait until one has ended';

/** A step where one person may have two grants that nobody reviewed. */
function land(changes: Landing['changes'], more: Partial<Landing> = {}) {
  const without_review = { per_person: 2, in_sum: 5 };
  const [step, ...grants] = landing({
    step: { commit: 'c'.repeat(40), parent: 'b'.repeat(40), pull_request: 7 },
    by: bob,
    changes,
    problems: [],
    policies: null,
    over_limits: null,
    merged_at: null,
    activate_within_seconds: 3600,
    ending_soon_seconds: 900,
    mass_ending: { share: 0.25, number: 10 },
    environments: { production: { max_duration_seconds: 1, without_review } },
    known: new Set(),
    live: [active],
    now: new Date(minute(3)),
    ...more,
  });
  if (step?.kind !== 'step.landed') throw new Error('a step begins with itself');
  return { ...step.body, grants };
}
const approved = (...changes: Landing['changes'][number]['change'][]) =>
  changes.map((one) => ({ change: one, decision: APPROVED }));

describe('invariant 7: a step with more grants that nobody reviewed than the settings allow', () => {
  test('gives what there is room for, and quarantines the rest with the numbers', () => {
    const { grants } = land(approved(added(1), added(2), added(3)));
    expect(grants).toMatchObject([
      { kind: 'grant.approved', body: { unreviewed: true } },
      {
        kind: 'grant.quarantined',
        body: { why: [WHY], reasons: [{ code: 'without_review_limit', message: WHY }] },
      },
      { kind: 'grant.quarantined', body: { why: [WHY] } },
    ]);
  });

  test('still ends, narrows and rewords, and what it ends makes room', () => {
    const other = { ...active, id: 'other' };
    const third = { ...active, id: 'third' };
    const { grants } = land(
      approved(
        added(1),
        change('withdrawn', {}, active),
        change('narrowed', { window: hours(1) }, other),
        change('reworded', { reason: 'Since 14:10' }, third),
        added(2),
      ),
      { live: [active, other, third] },
    );
    expect(grants.map(({ kind }) => kind)).toEqual([
      'grant.quarantined',
      'grant.ending',
      'grant.narrowed',
      'grant.reworded',
      'grant.quarantined',
    ]);
    const { grants: moved } = land(approved(change('withdrawn', {}, active), added(1)), {
      live: [active, other],
    });
    expect(moved.map(({ kind }) => kind)).toEqual(['grant.ending', 'grant.approved']);
  });

  test('extends what counts already, and not what somebody reviewed', () => {
    const reviewed = { ...active, id: 'reviewed', unreviewed: false };
    const live = [active, { ...active, id: 'second' }, reviewed];
    const longer = (from: GrantRecord) => change('extended', { window: hours(5) }, from);
    const { grants, ignored } = land(approved(longer(active), longer(reviewed)), { live });
    expect(grants).toMatchObject([
      { kind: 'grant.extended', grant: active.id, body: { unreviewed: true } },
    ]);
    expect(ignored).toEqual([
      `${PATH}: the extension was not approved (${WHY}); it ends as before`,
    ]);
  });

  test('does not limit what somebody reviewed', () => {
    const changes = [1, 2, 3].map((n) => ({ change: added(n), decision: REVIEWED }));
    for (const grant of land(changes).grants)
      expect(grant).toMatchObject({ kind: 'grant.approved', body: { unreviewed: false } });
  });

  test('counts no grant that something else keeps from being given', () => {
    const path = added(1).path;
    const broken = { path, line: 1, code: 'name_collision' as const, message: 'is another name' };
    const { grants } = land(approved(added(1), added(2)), { problems: [broken] });
    expect(grants.map(({ kind }) => kind)).toEqual(['grant.quarantined', 'grant.approved']);
    const known = new Set([`${path}@${'c'.repeat(40)}`]);
    const again = land(approved(added(1), added(2)), { known });
    expect(again.grants.map(({ kind }) => kind)).toEqual(['grant.approved']);
    expect(again.ignored).toEqual([expect.stringContaining('landed with this commit before')]);
  });
});

describe('whether nobody reviewed a grant, in its record', () => {
  const of = (unreviewed: boolean | undefined) => (unreviewed === undefined ? {} : { unreviewed });
  test.each<[string, boolean | undefined, readonly (boolean | undefined)[], boolean | undefined]>([
    ['as it landed', true, [], true],
    ['as it landed, reviewed', false, [], false],
    ['not known of an older entry', undefined, [], undefined],
    ['until somebody reviews an extension', true, [false], false],
    ['of an extension that nobody reviewed', false, [true], true],
    ['of the last extension', true, [false, true, false], false],
    ['known from the first extension on', undefined, [true], true],
    ['kept by an older extension', true, [undefined], true],
    ['not known after an older extension', undefined, [undefined], undefined],
  ])('%s', (_, at_first, extensions, unreviewed) => {
    const longer = extensions.map((one) => told.extended(2, 5, window(1, 301), of(one)));
    const first = [told.approved(0, of(at_first)), told.activating(1), told.activated(1)];
    const found = record(...first, ...longer);
    expect(found.unreviewed).toBe(unreviewed);
    expect('unreviewed' in found).toBe(unreviewed !== undefined);
  });
});
