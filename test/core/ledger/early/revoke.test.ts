import { describe, expect, test } from '@jest/globals';
import {
  chooseGrant,
  choosePerson,
  readSubject,
  revocation,
} from '../../../../src/core/ledger/early/revoke.js';
import type { GrantRecord } from '../../../../src/core/grant/record.js';
import { alice, bob, GRANT, PATH, record, told, type Told } from '../../../../lab/acme/story.js';

const scheduled = [told.approved()];
const active = [...scheduled, told.activating(), told.activated()];
const over = [...active, told.expired(241)];
const one = (story: readonly Told[], commit = 'c0ffee', subject = alice): GrantRecord => ({
  ...record(...story),
  id: `${PATH}@${commit}`,
  subject,
});

describe('the grant that an operator names', () => {
  test.each<readonly [string, string, readonly GrantRecord[], readonly string[] | string]>([
    ['its id', GRANT, [one(active)], [GRANT]],
    ['its path', PATH, [one(over, 'aaaa'), one(active)], [GRANT]],
    ['the beginning of its commit', `${PATH}@c0f`, [one(active, 'aaaa'), one(active)], [GRANT]],
    ['a quarantined grant', PATH, [one([told.quarantined()])], [GRANT]],
    ['a grant that is ending', PATH, [one([...active, told.ending(5)])], [GRANT]],
    ['nothing', 'x', [], 'the ledger has no grant x'],
    ['another commit', `${PATH}@bbbb`, [one(active)], `the ledger has no grant ${PATH}@bbbb`],
    ['a grant that is over', GRANT, [one(over)], `${GRANT} is over already: expired at 2026`],
    ['several', PATH, [one(scheduled), one([told.quarantined()], 'dd')], 'names several grants'],
  ])('%s', (_, asked, landed, expected) => {
    const chosen = chooseGrant(asked, landed);
    const found = chosen.ok ? chosen.grants.map(({ id }) => id) : chosen.why;
    if (typeof expected === 'string') expect(found).toContain(expected);
    else expect(found).toEqual(expected);
  });
});

describe('the person whom an operator names', () => {
  test.each([
    ['alice', { login: 'alice' }],
    ['Alice-2_acme', { login: 'Alice-2_acme' }],
    ['id:101', { id: 101 }],
    ['101', { login: '101' }],
    ['id:0', null],
    ['id:1e3', null],
    ['id:', null],
    ['@alice', null],
    ['', null],
    ['alice bob', null],
  ])('reads %j', (text, expected) => expect(readSubject(text)).toEqual(expected));

  const mallory = { id: 666, login: 'alice' };
  test.each<readonly [string, readonly GrantRecord[], number | string]>([
    ['all that can be ended', [one(active), one(over, 'aa'), one(scheduled, 'bb')], 2],
    ['under another login, too', [one(over), one(active, 'aa', { ...alice, login: 'al' })], 1],
    ['nobody known', [], 'the ledger has no grants of alice'],
    ['nothing left', [one(over)], `every grant of alice is over already. The newest: ${GRANT}`],
    [
      'two people with one login',
      [one(active), one(active, 'aa', mallory)],
      'id:101 (now or once alice) or id:666 (now or once alice)',
    ],
    ['somebody else, whose grants are over', [one(active), one(over, 'aa', mallory)], 1],
  ])('%s', (_, theirs, expected) => {
    const chosen = choosePerson('alice', theirs);
    if (typeof expected === 'number') expect(chosen.ok && chosen.grants).toHaveLength(expected);
    else expect(chosen).toMatchObject({ ok: false, why: expect.stringContaining(expected) });
  });
});

describe('what is recorded', () => {
  const act = { because: 'laptop stolen', claimed_by: 'root@ops-1' };
  test.each([
    ['active', active, 'grant.ending'],
    ['begun', active.slice(0, 2), 'grant.ending'],
    ['ending already', [...active, told.ending(5, bob)], 'grant.ending'],
    ['scheduled', scheduled, 'grant.withdrawn'],
    ['quarantined', [told.quarantined()], 'grant.withdrawn'],
  ])('%s', (_, story, kind) => {
    expect(revocation(record(...story), act)).toEqual({
      kind,
      grant: GRANT,
      pull_request: 7,
      body: {
        why: 'laptop stolen',
        who: null,
        claimed_by: 'root@ops-1',
        reasons: [{ code: 'revoked', message: 'laptop stolen' }],
      },
    });
  });
});
