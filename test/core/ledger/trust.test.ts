import { describe, expect, test } from '@jest/globals';
import { takenBack, trusting } from '../../../src/core/ledger/trust.js';
import { policy, source } from '../../adapters/postgres/entries.js';
import { bytes, file } from '../../support/core/grant-files.js';
import { GRANT, PATH, minute, record, told } from '../../../lab/acme/story.js';
import type { Told } from '../../../lab/acme/story.js';

const tip = 'f00df00df00df00d';
const approved = told.approved();
const active = [approved, told.activating(), told.activated()];

const approvers = { teams: { security: 2 }, users: { erin: null } };
const trusted = { source, tip, policy, approvers, now: new Date(minute(30)) };

const act = { claimed_by: 'root@ops-1' };

/** Files at the tip, with the content of the story's grant. */
const filesAtTip = (paths: readonly string[], content = file()) =>
  paths.map((path) => ({
    path,
    after: { mode: '100644', oid: 'blob', content: bytes(content) },
  }));

const GONE = 'its file is missing in f00df00df00d, the baseline that daypass trust recorded';

describe('invariant 10: trusting a tip', () => {
  test.each<readonly [string, readonly Told[], readonly string[], string | null]>([
    ['its file exists: it stays', active, [PATH], null],
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
    const entries = trusting(
      { ...trusted, grants: [record(...story)], files: filesAtTip(paths) },
      act,
    );
    expect(entries[0]).toEqual({
      kind: 'ledger.started',
      grant: null,
      pull_request: null,
      body: { source, step: tip, policy, approvers, claimed_by: 'root@ops-1' },
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
                why: GONE,
                who: null,
                claimed_by: 'root@ops-1',
                reasons: [{ code: 'file_no_longer_asks', message: GONE }],
              },
            },
          ],
    );
  });

  test('why it was trusted is recorded where that was said', () => {
    const of = { ...trusted, grants: [], files: [] };
    const [started] = trusting(of, { ...act, because: 'INC-1: pushed by mistake' });
    expect(started?.body).toMatchObject({ ...act, why: 'INC-1: pushed by mistake' });
    expect(started?.body).not.toHaveProperty('because');
  });

  test.each<readonly [string, readonly Told[], Record<string, string>, string | null]>([
    ['active', [...active, told.held(5)], {}, 'grant.ending'],
    [
      'whose file takes something too',
      [...active, told.held(5)],
      { duration: '1h' },
      'grant.ending',
    ],
    ['scheduled', [approved, told.held(5)], {}, 'grant.withdrawn'],
    ['ending already', [...active, told.held(5), told.ending(6)], {}, null],
    ['whose person is back', [...active, told.held(5), told.released(6)], {}, null],
  ])(
    'invariant 7: a grant whose end is held because its person left is ended: %s',
    (_, story, change, kind) => {
      const of = {
        ...trusted,
        grants: [record(...story)],
        files: filesAtTip([PATH], file(change)),
      };
      const why =
        'alice (id 101) is no longer a member of the organisation; its end was held until daypass trust';
      const body = { ...act, why, who: null, reasons: [{ code: 'subject_left', message: why }] };
      expect(trusting(of, act).slice(1)).toEqual(
        kind === null ? [] : [{ kind, grant: GRANT, pull_request: 7, body }],
      );
      expect(takenBack(of).map(({ file }) => file)).toEqual(kind === null ? [] : [null]);
    },
  );

  test('a file without a grant gives nothing', () => {
    const entries = trusting({ ...trusted, grants: [], files: filesAtTip([PATH]) }, act);
    expect(entries.map(({ kind }) => kind)).toEqual(['ledger.started']);
  });

  test.each<readonly [string, readonly Told[], Record<string, string>, string | null]>([
    ['somebody else', active, { subject: 'frank' }, 'grant.ending'],
    ['another role, of a scheduled one', [approved], { role: 'read-write' }, 'grant.withdrawn'],
    ['an earlier end', active, { duration: '1h' }, 'grant.narrowed'],
    ['the same, of a scheduled one', [approved], {}, null],
    ['a later end', active, { duration: '5h' }, null],
    ['nothing that can be read', active, { duration: '5x' }, null],
    ['somebody else, of a quarantined one', [told.quarantined()], { subject: 'frank' }, null],
  ])(
    'invariant 7: if its file asks for %s, the grant loses what that takes away',
    (_, story, change, kind) => {
      const files = filesAtTip([PATH], file(change));
      const grants = [record(...story)];
      expect(trusting({ ...trusted, grants, files }, act).slice(1)).toMatchObject(
        kind === null ? [] : [{ kind, grant: GRANT, pull_request: 7 }],
      );
    },
  );
});
