import { describe, expect, test } from '@jest/globals';
import { minute } from '../../../lab/acme/story.js';
import type { GrantRecord } from '../../../src/core/grant/record.js';
import type {
  EnforcementPoint,
  SubjectSource,
} from '../../../src/core/policy/enforcement/point.js';
import type { AskedQuestion } from '../../../src/core/use/asked.js';
import { readSearch, tokenAfter, type SearchedKind } from '../../../src/core/use/authzen/search.js';
import { callersOf, type ShownCredential } from '../../../src/core/use/callers.js';
import { createLiveGrants } from '../../../src/core/use/live-grants.js';
import type { PolicyAtUse } from '../../../src/ports.js';
import { wouldAllow } from '../../../src/workflows/use/decide-use.js';
import { searchUses } from '../../../src/workflows/use/search-uses.js';
import { granted, usesData } from '../../support/core/uses.js';

const people = {
  alice: { github_id: 101, at: {} },
  bob: { github_id: 102, at: { postgres: 'bobby' } },
  carol: { github_id: 103, at: {} },
};

/** Restarting is denied to whoever is called out of the rules' sight; every grant that is given allows otherwise. */
const use: PolicyAtUse['use'] = ({ grants, context }) => ({
  deny: 'frozen' in context ? [{ rule: 'every/frozen', message: 'frozen' }] : [],
  warn: [],
  approve: grants.map(({ id, ends_at }) => ({
    rule: 'use/live_grant',
    message: '',
    grant: id,
    ends_at,
  })),
});

const point = (subject: SubjectSource): EnforcementPoint => ({
  ...{ name: 'door', speaks: 'authzen', subject, credential: { kind: 'token' } },
  guards: [{ resource: 'orders-host', environment: 'production' }],
  environment: 'production',
});

const TOKEN: ShownCredential = { kind: 'token', name: 'door' };

/** A job of GitHub Actions that somebody started. */
const JOBS = { issuer: 'https://ci.test', audience: 'daypass', claims: { repository_id: '4711' } };
const job = (actor_id: string): ShownCredential => ({
  ...{ kind: 'oidc', issuer: JOBS.issuer, audiences: [JOBS.audience] },
  claims: { repository_id: 4711, actor_id },
});

let nth = 0;
const of = (id: number, ...more: Parameters<typeof granted>): GrantRecord => ({
  ...granted(...more),
  id: `access-grants/production/g${String((nth += 1))}.yml@c0ffee`,
  subject: { id, login: `login-${String(id)}` },
});

function world(
  records: readonly GrantRecord[],
  {
    at = 30,
    subject = { from: 'person' },
    guards = point(subject).guards,
    credential = point(subject).credential,
  }: {
    readonly at?: number;
    readonly subject?: SubjectSource;
    readonly guards?: EnforcementPoint['guards'];
    readonly credential?: EnforcementPoint['credential'];
  } = {},
) {
  const grants = createLiveGrants((text) => JSON.parse(text) as GrantRecord);
  for (const one of records) grants.put(one.id, JSON.stringify(one));
  const identities = { patterns: { postgres: 'gh_{id}' }, people };
  const data = { ...usesData, identities };
  const door = { ...point(subject), guards, credential };
  const state = { at, why: null as string | null, looks: 0 };
  const digests = { tree: 't', data: 'd', wasm: 'w', compiler: 'c' };
  const known = () => ({
    policy: { digests, data, use },
    callers: callersOf({ ...data, enforcement: { points: { door } } }),
    ...{ default_branch: 'main', grants, now: new Date(minute(state.at)) },
  });
  const current = () => {
    state.looks += 1;
    return state.why === null ? known() : { why: state.why, last: null };
  };
  const turns = { steady_ms: () => 0, next: () => Promise.resolve(), abandoned: () => false };
  const search = async (searched: SearchedKind, body: object, shown = TOKEN) => {
    const asked = readSearch(searched, body);
    if ('error' in asked) throw new Error(asked.error);
    const found = await searchUses({ current }, shown, asked, turns);
    const next = found.kind === 'found' && found.next !== null && tokenAfter(asked, found.next);
    return { ...found, next };
  };
  const allows = (question: AskedQuestion) => wouldAllow(known(), TOKEN, question);
  return { state, search, allows };
}

const host = { type: 'host', id: 'orders-host' };
const who = { subject: { type: 'user' }, action: { name: 'logs' }, resource: host };
const where = {
  subject: { type: 'user', id: 'alice' },
  action: { name: 'logs' },
  resource: { type: 'host' },
};
const what = { subject: { type: 'user', id: 'alice' }, resource: host };
const users = (...ids: string[]) => ids.map((id) => ({ type: 'user', id }));

describe('invariant 27: a search finds what would be allowed if it were asked', () => {
  test('subjects by the names that the caller has for them, in the order of their ids', async () => {
    const { search } = world([of(103), of(101), of(102, { role: 'nothing' })]);
    expect(await search('subject', who)).toMatchObject({ results: users('alice', 'carol') });
    const given = { ...who, subject: { type: 'user', id: 'bob' } };
    expect(await search('subject', given)).toMatchObject({ results: users('alice', 'carol') });
  });

  test.each<[string, SubjectSource, readonly string[]]>([
    ['people', { from: 'person' }, ['alice', 'bob']],
    ['numbers', { from: 'github_id' }, ['101', '102', '900']],
    ['identities', { from: 'identity', provider: 'postgres' }, ['gh_101', 'bobby', 'gh_900']],
  ])('a point that knows %s', async (_, subject, names) => {
    const { search } = world([of(101), of(102), of(900)], { subject });
    expect(await search('subject', who)).toMatchObject({ results: users(...names) });
  });

  test('a job finds its actor and nobody else: it may ask about no others', async () => {
    const subject: SubjectSource = { from: 'claim', claim: 'actor_id' };
    const { search } = world([of(101), of(102), of(900)], {
      ...{ subject, credential: { kind: 'oidc', ...JOBS } },
    });
    expect(await search('subject', who, job('102'))).toMatchObject({ results: users('102') });
    const bob = { ...where, subject: { type: 'user', id: '102' } };
    expect(await search('resource', bob, job('102'))).toMatchObject({ results: [host] });
    expect(await search('resource', bob, job('101'))).toMatchObject({ results: [] });
  });

  test('resources that the caller guards, and no others', async () => {
    const mine = [of(101), of(101, { resource: 'orders-db' })];
    const { search } = world(mine);
    expect(await search('resource', where)).toMatchObject({ results: [host] });
    expect(await search('resource', { ...where, resource: host })).toMatchObject({
      results: [host],
    });
    const elsewhere = [{ resource: 'orders-db', environment: 'production' }];
    const other = world(mine, { guards: elsewhere });
    for (const [searched, body] of [
      ['subject', who],
      ['resource', where],
      ['action', what],
    ] as const)
      expect(await other.search(searched, body)).toMatchObject({ results: [] });
  });

  test('actions that the catalog names; what a scope or a rule leaves out is not there', async () => {
    const names = (...all: string[]) => ({ results: all.map((name) => ({ name })) });
    expect(await world([of(101)]).search('action', what)).toMatchObject(names('logs', 'restart'));
    const narrow = world([of(101, { scope: { actions: ['logs'] } })]);
    expect(await narrow.search('action', what)).toMatchObject(names('logs'));
    const all = world([of(101, { role: 'admin' })]);
    const every = names('get', 'logs', 'restart', 'select');
    expect(await all.search('action', what)).toMatchObject(every);
    const frozen = { ...what, context: { frozen: true } };
    expect(await all.search('action', frozen)).toMatchObject(names());
  });

  test('every result is allowed when it is asked about, and nothing else is', async () => {
    const records = [of(101), of(102, { role: 'reader' }), of(103, { role: 'admin' })];
    const { search, allows } = world(records);
    for (const name of ['get', 'logs', 'restart', 'select', 'purge']) {
      const found = await search('subject', { ...who, action: { name } });
      const allowed = Object.keys(people).filter((id) =>
        allows({
          subject: { type: 'user', id, properties: {} },
          action: { name, properties: {} },
          resource: { ...host, properties: {} },
          context: {},
        }),
      );
      expect(found).toMatchObject({ results: users(...allowed) });
    }
  });

  test('the window is compared for each, at its own moment', async () => {
    const { search, state } = world([of(101), of(102)], { at: 240 });
    expect(await search('subject', who)).toMatchObject({ results: users('alice', 'bob') });
    state.at = 241;
    expect(await search('subject', who)).toMatchObject({ results: [] });
    state.looks = 0;
    await search('subject', who);
    expect(state.looks).toBe(3);
  });

  test.each<[string, SearchedKind, object]>([
    ['an unknown subject', 'action', { ...what, subject: { type: 'user', id: 'mallory' } }],
    ['an unknown subject', 'resource', { ...where, subject: { type: 'user', id: 'mallory' } }],
    ['an unknown resource', 'subject', { ...who, resource: { type: 'host', id: 'constructor' } }],
    ['a resource of another type', 'action', { ...what, resource: { ...host, type: 'db' } }],
    ['an unknown type of subjects', 'subject', { ...who, subject: { type: 'spaceship' } }],
    ['an unknown type of resources', 'resource', { ...where, resource: { type: 'spaceship' } }],
    ['an unknown type of subject', 'action', { ...what, subject: { type: 'job', id: 'alice' } }],
    ['an unknown action', 'subject', { ...who, action: { name: 'purge' } }],
    [
      'an environment that is not guarded',
      'subject',
      { ...who, resource: { ...host, properties: { environment: 'no' } } },
    ],
  ])('finds nothing for %s', async (_, searched, body) => {
    expect(await world([of(101)]).search(searched, body)).toMatchObject({
      results: [],
      next: false,
    });
  });

  test('says why there is no answer', async () => {
    const { search, state } = world([of(101)]);
    expect(await search('subject', who, { kind: 'token', name: 'window' })).toMatchObject({
      kind: 'no_point',
    });
    state.why = 'the ledger does not answer';
    expect(await search('subject', who)).toMatchObject({
      kind: 'not_current',
      why: expect.stringMatching(/the ledger does not answer/),
    });
  });
});

describe('pages', () => {
  const many = world(
    Array.from({ length: 25 }, (_, n) => of(n + 1)),
    {
      subject: { from: 'github_id' },
    },
  );
  const page = (limit: number, token?: unknown) => ({
    page: { limit, ...(token ? { token } : {}) },
  });

  test('hold at most as many as were asked for, and together hold everybody once', async () => {
    const seen: string[] = [];
    let token: string | false = false;
    let pages = 0;
    do {
      const found: Awaited<ReturnType<typeof many.search>> = await many.search('subject', {
        ...who,
        ...page(10, token),
      });
      if (found.kind !== 'found') throw new Error(found.why);
      expect(found.results.length).toBeLessThanOrEqual(10);
      seen.push(...found.results.flatMap((one) => ('id' in one ? [one.id] : [])));
      token = found.next;
      pages += 1;
    } while (token);
    expect([pages, seen]).toEqual([3, Array.from({ length: 25 }, (_, n) => String(n + 1))]);
  });

  test('a page of none has everything to come', async () => {
    const none = await many.search('subject', { ...who, ...page(0) });
    expect(none).toMatchObject({ results: [], next: expect.any(String) });
  });

  test('an answer decides about so many candidates at most, even where it finds none', async () => {
    const crowd = world(
      Array.from({ length: 10_001 }, (_, n) => of(n + 1, { role: 'nothing' })),
      {
        subject: { from: 'github_id' },
      },
    );
    const first = await crowd.search('subject', who);
    expect(first).toMatchObject({ results: [], next: expect.any(String) });
    const token = first.next as string;
    expect(await crowd.search('subject', { ...who, page: { token } })).toMatchObject({
      ...{ results: [], next: false },
    });
  });
});
