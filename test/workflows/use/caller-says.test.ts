import { describe, expect, test } from '@jest/globals';
import { minute } from '../../../lab/acme/story.js';
import type { GrantRecord } from '../../../src/core/grant/record.js';
import type { SubjectSource } from '../../../src/core/policy/enforcement/point.js';
import { callersOf } from '../../../src/core/use/callers.js';
import { createLiveGrants } from '../../../src/core/use/live-grants.js';
import type { UseRow } from '../../../src/core/use/use-row.js';
import type { UseInput } from '../../../src/core/use/weigh.js';
import { decideUse } from '../../../src/workflows/use/decide-use.js';
import { oneAtATime } from '../../../src/workflows/use/in-turns.js';
import { providers } from '../../../src/providers/list.js';
import { granted, usesData } from '../../support/core/uses.js';

const people = {
  alice: { github_id: 101, at: {} },
  bob: { github_id: 102, at: { postgres: 'asmith' } },
};

/** Asks as an enforcement point before production, which says who somebody is like this. */
function ask(subject: SubjectSource, id: string, records: readonly GrantRecord[] = []) {
  const grants = createLiveGrants((text) => JSON.parse(text) as GrantRecord);
  for (const one of records) grants.put(one.id, JSON.stringify(one));
  const data = {
    ...usesData,
    identities: { patterns: {}, people },
    enforcement: {
      points: {
        door: {
          ...({ name: 'door', speaks: 'authzen', environment: 'production' } as const),
          ...{ subject, credential: { kind: 'token' } as const },
          guards: [{ resource: 'orders-host', environment: 'production' }],
        },
      },
    },
  };
  const asked: UseInput[] = [];
  const rows: UseRow[] = [];
  const current = {
    policy: {
      digests: { tree: 't', data: 'd', wasm: 'w', compiler: 'c' },
      data,
      use: (input: UseInput) => {
        asked.push(input);
        return { deny: [], warn: [], approve: [] };
      },
    },
    ...{ callers: callersOf(data), default_branch: 'main', grants, now: new Date(minute(30)) },
  };
  const told = decideUse(
    {
      kept: {
        ...{ look: () => Promise.resolve(), leave: () => Promise.resolve() },
        ...{ current: () => current, distrust: () => undefined },
      },
      ...{ providers, newId: () => 'e-1', random: () => 0.5 },
      wallTime: () => new Date(0),
      buffer: { add: (row) => rows.push(row) > 0 },
      requestsAt: () => null,
      page: { repository: 'acme/access', web: 'https://github.com' },
    },
    { kind: 'token', name: 'door' },
    {
      subject: { type: 'user', id, properties: { login: 'root' } },
      action: { name: 'restart', properties: {} },
      resource: { type: 'host', id: 'orders-host', properties: {} },
      context: {},
    },
  );
  if (told.kind !== 'decided') throw new Error(told.why);
  return { ...told, asked, row: rows[0] };
}

describe('what a caller calls somebody is nobody’s login', () => {
  test('a number is asked for by the login that identities.yaml has for it', () => {
    const { ask_for, decision, row } = ask({ from: 'github_id' }, '102');
    expect(ask_for?.content).toMatch(/^subject: bob$/m);
    expect(ask_for?.command).toContain('--subject bob');
    expect(decision.reasons[0].message).toMatch(/^bob has no grant/);
    expect(row).toMatchObject({ subject: 'bob', subject_id: 102 });
  });

  test('so is an identity, which may be the login of somebody else', () => {
    const { ask_for } = ask({ from: 'identity', provider: 'postgres' }, 'asmith');
    expect(ask_for?.content).toMatch(/^subject: bob$/m);
  });

  test('nothing is asked for where nobody knows the login', () => {
    const { ask_for, decision } = ask({ from: 'github_id' }, '900');
    expect(ask_for).toBeNull();
    expect(decision.reasons[0].message).toMatch(/^The person with the id 900 has no grant/);
  });

  test('rules get the login as it is known, however it was spelt, and never what was carried', () => {
    const mine = granted();
    expect(ask({ from: 'person' }, 'ALICE', [mine]).asked[0]?.subject.properties).toEqual({
      login: 'alice',
    });
    const unlisted = { ...mine, subject: { id: 900, login: 'zoe' } };
    expect(ask({ from: 'github_id' }, '900', [unlisted]).asked[0]?.subject.properties).toEqual({
      login: 'zoe',
    });
  });
});

test('invariant 27: of grants where it guards nothing a caller learns nothing', () => {
  const elsewhere = granted({ environment: 'no' });
  const { decision } = ask({ from: 'person' }, 'alice', [elsewhere]);
  expect(decision).toMatchObject({ reasons: [{ code: 'no_grant' }], grant: null, ends_at: null });
});

test('break-glass is logged whatever share of allowed uses is', () => {
  const { row } = ask({ from: 'person' }, 'alice', [granted({ break_glass: true })]);
  expect(row).toMatchObject({ break_glass: true });
});

test('turns are given one at a time, in the order in which they were asked for', async () => {
  const soon: (() => void)[] = [];
  const next = oneAtATime((run) => void soon.push(run));
  const had: number[] = [];
  const all = [1, 2, 3].map((n) => next().then(() => void had.push(n)));
  for (const so_far of [[1], [1, 2], [1, 2, 3]]) {
    expect(soon).toHaveLength(1);
    soon.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect(had).toEqual(so_far);
  }
  await Promise.all(all);
  expect(soon).toEqual([]);
});
