import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonical } from '../../../src/core/reading/canonical.js';
import { changesOf, type Change } from '../../../src/core/change/change.js';
import { policyInput, type PolicyFacts } from '../../../src/core/decision/facts.js';
import { liveFacts } from '../../../src/core/decision/grant-facts.js';
import { pendingFacts } from '../../../src/core/ledger/pending.js';
import type { GrantRecord } from '../../../src/core/grant/record.js';
import { accounts, active, policy, query, scheduled } from '../../support/core/comparing.js';
import { PATH, file } from '../../support/core/grant-files.js';
import {
  GRANT,
  bob,
  entitled,
  hours,
  minute,
  record,
  told as story,
  type Told,
} from '../../../lab/acme/story.js';
import { person } from '../../support/core/people.js';

const team = (slug: string, id: number, ...logins: string[]) => ({
  slug,
  id,
  members: logins.map(person),
  below: [],
});
const snapshot: PolicyFacts['snapshot'] = {
  pull_request: {
    number: 7,
    url: 'https://github.com/acme/access/pull/7',
    title: 'Orders',
    state: 'open',
    author: person('bob'),
    ...{ base_ref: 'main', base_changed: false, head_ref: 'x', head_sha: 'head' },
    ...{ head_repository: 1, merge_commit: null, merged_at: null },
  },
  contributors: { people: [person('frank'), person('alice'), person('frank')], unknown: [] },
  teams: {
    security: team('security', 2, 'carol', 'alice'),
    payments: team('payments', 1, 'bob', 'alice'),
    gone: null,
  },
  accounts,
};
const changed = (
  after: Readonly<Record<string, string | null>> | null,
  live: readonly GrantRecord[],
): readonly Change[] =>
  changesOf(query({ [PATH]: ['x', 'x', after && file(after)] }, live)).changes;
const input = (change: Change | undefined, more: Partial<PolicyFacts> = {}) => {
  if (!change) throw new Error('No change');
  const now = new Date(minute(30));
  return policyInput({
    change,
    siblings: [],
    snapshot,
    data: policy,
    live: [],
    history: [],
    now,
    ...more,
  });
};
const NOTHING = {
  ...{ denials: [], warnings: [], requirements: [] },
  ...{ not_counted: [], approved_by_rules: [] },
};
const NOBODY = { deny: [], warn: [], require: [], approve: [] };
const DIGESTS = { tree: 't', data: 'd', wasm: 'w', compiler: 'c' };
const asked = {
  path: PATH,
  environment: 'production',
  resource: 'orders-db',
  role: 'read-only',
  subject_id: 101,
  reason: 'Slow order queries',
  ticket: null,
  break_glass: false,
  scope: null,
  starts_at: null,
  expires_at: null,
  duration_seconds: 4 * 3600,
};
const asked_for = (hours: number) => ({ ...asked, duration_seconds: hours * 3600 });
const standing = {
  ...asked,
  ticket: 'INC-4821',
  id: GRANT,
  state: 'active',
  ends_at: minute(241),
};

describe('the facts that the policy gets about a change', () => {
  test('an added grant', () => {
    expect(input(changed({}, [])[0])).toEqual({
      change: { kind: 'added', path: PATH, environment: 'production', less: false },
      grant: asked,
      previous: null,
      subject: { id: 101, login: 'alice', member: true, teams: ['payments', 'security'] },
      requester: { id: 102, login: 'bob', teams: ['payments'] },
      contributors: [101, 106],
      resource: { name: 'orders-db', provider: 'postgres', owners: ['payments'] },
      role: { name: 'read-only', risk: 'normal', native_expiry: 'none', enforces_scope: false },
      settings: policy.settings.environments['production'],
      pull_request: { number: 7, title: 'Orders', url: 'https://github.com/acme/access/pull/7' },
      siblings: [],
      pending: [],
      live: [],
      history: [],
      covers_now: [],
      now: {
        rfc3339: minute(30),
        ...{ hour: 17, minute: 30, weekday: 'tue' },
        zone: { name: 'Europe/Berlin', hour: 18, minute: 30, weekday: 'tue' },
      },
    });
  });

  test('invariant 12: an extension is measured from the start that it keeps', () => {
    const told = input(changed({ duration: '6h' }, [active()])[0], { live: [active()] });
    expect(told).toMatchObject({
      change: { kind: 'extended', less: false },
      grant: { ...asked, duration_seconds: 6 * 3600 },
      previous: { ...standing, requester_id: 101 },
      live: [standing],
      covers_now: [],
    });
    const till = input(changed({ duration: null, expires_at: `"${minute(301)}"` }, [active()])[0]);
    expect(till.grant?.duration_seconds).toBe(5 * 3600);
    const later = input(
      changed(
        { starts_at: `"${minute(90)}"`, duration: null, expires_at: `"${minute(120)}"` },
        [],
      )[0],
    );
    expect(later.grant?.duration_seconds).toBe(30 * 60);
  });

  test('invariant 12: a grant that landed late is measured from its merge', () => {
    const till = { starts_at: null, duration_seconds: null, expires_at: minute(240) };
    const landed = (change: object) => record(story.approved(60, { window: till, ...change }));
    expect(liveFacts(landed({})).duration_seconds).toBe(180 * 60);
    expect(liveFacts(landed({ merged_at: minute(5) })).duration_seconds).toBe(235 * 60);
  });

  test('a withdrawal is described by the grant alone if nothing else names it any more', () => {
    const [change] = changed(null, [active()]);
    const nothing = { ...policy, catalog: {}, settings: { ...policy.settings, environments: {} } };
    expect(input(change, { data: nothing, snapshot: { ...snapshot, accounts: {} } })).toMatchObject(
      {
        change: { kind: 'withdrawn', less: true },
        grant: null,
        previous: { ...standing, requester_id: 101 },
        subject: { id: 101, login: 'alice', member: false },
        resource: { name: 'orders-db', provider: 'postgres', owners: [] },
        role: { name: 'read-only', risk: 'normal' },
        settings: { max_duration_seconds: 0 },
        now: { zone: { name: 'UTC', hour: 17 } },
      },
    );
    expect(input(change).subject.member).toBe(true);
    const another = { ...accounts, alice: { ...person('frank'), member: true } };
    expect(input(change, { snapshot: { ...snapshot, accounts: another } }).subject.member).toBe(
      false,
    );
  });

  test('invariant 6: teams are given by id, and an account that is gone is nobody', () => {
    const { pull_request } = snapshot;
    const ghost = { ...snapshot, pull_request: { ...pull_request, author: null } };
    const [change] = changed({}, []);
    expect(input(change, { snapshot: ghost }).requester).toEqual({
      id: 0,
      login: 'ghost',
      teams: [],
    });
    const named = {
      ...snapshot,
      teams: { security: { ...team('security', 2), members: [{ ...person('alice'), id: 5 }] } },
    };
    expect(input(change, { snapshot: named }).subject.teams).toEqual([]);
  });

  test('what gives the access already: the same slot under another name, or the same role', () => {
    const of = (id: string, change: Partial<GrantRecord>): GrantRecord => ({
      ...active(),
      id,
      ...change,
    });
    const { declared } = active();
    const elsewhere = { ...entitled, slot: { ...entitled.slot, object: 'other' } };
    const live = [
      of('same-slot', { declared: { ...declared, resource: 'orders-alias', role: 'r' } }),
      of('same-role', { entitled: elsewhere }),
      of('another', { entitled: elsewhere, declared: { ...declared, role: 'r' } }),
      of('not-hers', { subject: bob }),
      scheduled(),
    ];
    const told = input(changed({}, [])[0], {
      live,
      history: [record(story.approved(), story.withdrawn(2))],
    });
    expect(told.covers_now.map(({ id }) => id)).toEqual([GRANT, 'same-role', 'same-slot']);
    expect(told.live.map(({ id }) => id)).toEqual([GRANT, 'another', 'same-role', 'same-slot']);
    expect(told.history.map(({ id, state }) => [id, state])).toEqual([[GRANT, 'withdrawn']]);
  });

  test('a grant that is over counts for as long as it gave access', () => {
    const ended = (...entries: readonly Told[]) =>
      input(changed({}, [])[0], { history: [record(...entries)] }).history[0]?.duration_seconds;
    const begun = [story.approved(), story.activating(1), story.activated(1)] as const;
    expect(ended(...begun, story.ending(61), story.revoked(61))).toBe(3600);
    expect(ended(...begun, story.expired(300))).toBe(4 * 3600);
    expect(ended(story.approved(), story.withdrawn(2))).toBe(0);
  });

  test('only what other pull requests were approved to give is pending', () => {
    const made = input(changed({}, [])[0]);
    const body = (outcome: 'approved' | 'denied', of = made) => ({
      ...{ moment: 'pull_request' as const, path: PATH, digest: 'd', head: 'h' },
      decision: { ...NOTHING, outcome },
      replay: { input: of, answer: NOBODY, policy: DIGESTS, reviews: [], members: {} },
    });
    const of = (body: Parameters<typeof pendingFacts>[0]['body']) =>
      pendingFacts({ pull_request: 9, body });
    const asking = (duration: string) => input(changed({ duration }, [active()])[0]);
    expect(of(body('approved'))).toEqual({
      ...made.grant,
      id: `${PATH}#9`,
      state: 'approved',
      ends_at: null,
      changes_from: null,
    });
    const longer = asking('6h');
    expect(of(body('approved', longer))).toMatchObject({
      changes_from: GRANT,
      duration_seconds: 6 * 3600,
    });
    expect(asking('3h')).toMatchObject({ change: { kind: 'narrowed' }, grant: asked_for(3) });
    expect(of(body('approved', asking('3h')))).toBeNull();
    expect(of(body('denied'))).toBeNull();
    expect(of(body('approved', { ...made, grant: null }))).toBeNull();
    expect(of({ ...body('approved'), replay: null })).toBeNull();
  });

  const pending = (id: string, changes_from: string | null) => ({
    ...standing,
    ...{ id, changes_from, state: 'approved' },
  });
  const open = [pending('new.yml#9', null), pending('other.yml#9', 'other.yml@1')];

  test.each<[string, readonly GrantRecord[], Partial<PolicyFacts>, boolean]>([
    ['of a new grant', [], {}, true],
    ['of an extension', [active()], {}, false],
    ['of a grant before its activation', [], { again: GRANT }, false],
  ])('open changes of that grant are not pending beside the decision %s', (_, live, at, told) => {
    const mine = pending(`${PATH}#9`, GRANT);
    const [change] = changed({ duration: '6h' }, live);
    const found = input(change, { pending: [mine, ...open], ...at }).pending.map(({ id }) => id);
    expect(found).toEqual([...(told ? [mine.id] : []), ...open.map(({ id }) => id)]);
  });

  test('a sibling says which live grant it changes, and that grant stays live', () => {
    const siblings = changed({ duration: '6h' }, [active()]);
    const found = input(changed({}, [])[0], { siblings, live: [active()] });
    expect(found.siblings).toEqual([{ ...asked_for(6), changes_from: GRANT }]);
    expect(found.live).toEqual([standing]);
  });

  test('before activation there are no siblings, because what landed together is in the ledger', () => {
    const over = record(story.approved(), story.activating(1), story.expired(241));
    const siblings = changed({}, []);
    const of = (again: string | null) =>
      input(changed({ subject: 'frank' }, [])[0], { siblings, history: [over], again }).siblings;
    expect(of(null)).toEqual([{ ...asked, changes_from: null }]);
    expect(of('another.yml@c0ffee')).toEqual([]);
  });

  test('a grant that has not started has the end from its file, or none yet', () => {
    const ends = (grant: GrantRecord) => input(changed({}, [])[0], { live: [grant] }).live[0];
    expect(ends(scheduled())).toMatchObject({ ends_at: null, duration_seconds: 4 * 3600 });
    const fixed = { ...hours(4), duration_seconds: null, expires_at: minute(60) };
    expect(ends(scheduled({ window: fixed }))).toMatchObject({
      ends_at: minute(60),
      duration_seconds: 3600,
    });
  });

  test('invariant 23: the same facts give the same bytes in any order', () => {
    const [change] = changed({}, []);
    const other = PATH.replace('alice', 'another');
    const three = (make: (id: string) => GrantRecord) => ['a', 'm', 'z'].map(make);
    const facts = {
      siblings: ['access-grants/production/z.yml', other].flatMap(
        (path) =>
          changesOf(query({ [path]: [null, null, file({ subject: 'frank' })] }, [])).changes,
      ),
      live: three((id) => ({ ...active(), id })),
      history: three((id) => ({ ...record(story.approved(), story.withdrawn(2)), id })),
      pending: ['a.yml#9', 'm.yml#9', 'z.yml#9'].map((id) => pending(id, null)),
      people: snapshot.contributors.people,
      teams: Object.entries(snapshot.teams),
      owners: ['security', 'payments'],
    };
    const bytes = ({ people, teams, owners, ...lists }: typeof facts) => {
      const orders = { ...policy.catalog['orders-db'], owners };
      return canonical(
        input(change, {
          ...lists,
          snapshot: {
            ...snapshot,
            contributors: { people, unknown: [] },
            teams: Object.fromEntries(teams),
          },
          data: { ...policy, catalog: { 'orders-db': orders } } as typeof policy,
        }),
      );
    };
    const one = bytes(facts);
    const anyOrder = <T>(all: readonly T[]) =>
      fc.shuffledSubarray([...all], { minLength: all.length });
    fc.assert(
      fc.property(
        fc.record({
          siblings: anyOrder(facts.siblings),
          live: anyOrder(facts.live),
          history: anyOrder(facts.history),
          pending: anyOrder(facts.pending),
          people: anyOrder(facts.people),
          teams: anyOrder(facts.teams),
          owners: anyOrder(facts.owners),
        }),
        (shuffled) => expect(bytes({ ...facts, ...shuffled })).toBe(one),
      ),
    );
    expect(JSON.parse(one)).toMatchObject({
      siblings: [{ path: other }, { path: 'access-grants/production/z.yml' }],
      contributors: [101, 106],
      resource: { owners: ['payments', 'security'] },
    });
  });
});
