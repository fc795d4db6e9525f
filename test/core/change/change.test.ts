import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { changesOf } from '../../../src/core/change/change.js';
import type { GrantRecord } from '../../../src/core/grant/record.js';
import { active, does, policy, query, scheduled } from '../../support/core/comparing.js';
import { PATH, file } from '../../support/core/grant-files.js';
import { entitled, hours, minute, record, told } from '../../../lab/acme/story.js';

const at = (n: number) => `"${minute(n)}"`;
const till = (n: number) => ({ duration: null, expires_at: at(n) });
const scoped = (actions: string[]): GrantRecord => {
  const one = scheduled();
  return {
    ...one,
    declared: { ...one.declared, resource: 'strict-db', scope: { actions } },
    entitled: strict,
  };
};
const strict = {
  ...entitled,
  slot: { ...entitled.slot, provider: 'strict', identity: 'alice' },
  enforces_scope: true,
  at_use: { actions: ['a', 'b'] },
};
const unscoped = { ...scoped([]), declared: { ...scoped([]).declared, scope: null } };
const asked = (actions: string | null, more = {}) => ({
  resource: 'strict-db',
  scope: actions,
  ...more,
});

describe('invariant 8: what a change changes from is the grant in the ledger', () => {
  test.each<[string, Record<string, string | null> | null, GrantRecord[], string[]]>([
    ['a new file', {}, [], ['added']],
    ['a file of a grant that is over', {}, [record(told.approved(), told.withdrawn(2))], ['added']],
    ['a file that was quarantined', {}, [record(told.quarantined())], ['added']],
    ['a file of a grant that is being ended', {}, [active(told.ending(5))], ['added']],
    ['a removed file without a grant', null, [], []],
    ['a removed file of a grant that is being ended', null, [active(told.ending(5))], []],
    ['a removed file', null, [active()], ['withdrawn']],
    ['a removed file before the start', null, [scheduled()], ['withdrawn']],
    ['the same words', { subject: 'Alice' }, [active()], []],
    ['another reason', { reason: 'more', subject: 'Alice' }, [active()], ['reworded']],
    ['another ticket', { ticket: 'INC-1' }, [scheduled()], ['reworded']],
    ['no ticket any more', { ticket: null }, [active()], ['reworded']],
    ['words as they are by now', { reason: 'more' }, [active(told.reworded(5, 'more'))], []],
    ['the words that were approved', {}, [active(told.reworded(5, 'more'))], ['reworded']],
    [
      'other words for what the catalog no longer gives',
      { reason: 'more' },
      [{ ...active(), entitled: { ...entitled, entitlement: { member_of: 'of-old' } } }],
      ['reworded'],
    ],
    ['the same end and other words', { ...till(241), reason: 'more' }, [active()], ['reworded']],
    ['a later end in other words', { duration: '5h', reason: 'more' }, [active()], ['extended']],
    ['the same end in other words', till(241), [active()], []],
    ['a later end', { duration: '5h' }, [active()], ['extended']],
    ['a later end as a time', till(242), [active()], ['extended']],
    ['a later end before the start', { duration: '5h' }, [scheduled()], ['extended']],
    [
      'a later end of an extended grant',
      { duration: '6h' },
      [active(told.extended(5, 5, { starts_at: minute(1), ends_at: minute(301) }))],
      ['extended'],
    ],
    ['an earlier end', { duration: '3h' }, [active()], ['narrowed']],
    ['an earlier end as a time', till(240), [active()], ['narrowed']],
    ['an end that is past', till(10), [active()], ['narrowed']],
    ['an earlier end before the start', { duration: '3h' }, [scheduled()], ['narrowed']],
    ['a fixed end no later than it would be', till(240), [scheduled()], ['narrowed']],
    [
      'a duration for a fixed end',
      { duration: '1h' },
      [scheduled({ window: { ...hours(4), duration_seconds: null, expires_at: minute(240) } })],
      ['withdrawn', 'added'],
    ],
    [
      'a later start with the same end',
      { ...till(240), starts_at: at(60) },
      [scheduled({ window: { ...hours(4), duration_seconds: null, expires_at: minute(240) } })],
      ['narrowed'],
    ],
    [
      'a later start with the same duration',
      { starts_at: at(60) },
      [scheduled()],
      ['withdrawn', 'added'],
    ],
    [
      'a start to come, of what has started',
      { ...till(200), starts_at: at(60) },
      [active()],
      ['withdrawn', 'added'],
    ],
    [
      'a start that is past, of what has started',
      { ...till(200), starts_at: at(20) },
      [active()],
      ['narrowed'],
    ],
    [
      'an earlier start',
      { starts_at: at(30) },
      [scheduled({ window: { ...hours(4), starts_at: minute(60) } })],
      ['withdrawn', 'added'],
    ],
    [
      'no start for one that was ahead',
      {},
      [scheduled({ window: { ...hours(4), starts_at: minute(60) } })],
      ['withdrawn', 'added'],
    ],
    ['another subject', { subject: 'frank' }, [active()], ['withdrawn', 'added']],
    ['another role', { role: 'read-write' }, [active()], ['withdrawn', 'added']],
    [
      'another role of the same entitlement',
      { role: 'same-by-another-name' },
      [active()],
      ['withdrawn', 'added'],
    ],
    [
      'a later end, where the catalog gives something else in the same slot by now',
      { duration: '5h' },
      [{ ...active(), entitled: { ...entitled, entitlement: { member_of: 'of-old' } } }],
      ['withdrawn', 'added'],
    ],
    ['another resource', { resource: 'strict-db' }, [active()], ['withdrawn', 'added']],
    ['break-glass', { break_glass: 'true' }, [active()], ['withdrawn', 'added']],
    ['a scope where there was none', asked('{ actions: [a] }'), [unscoped], ['narrowed']],
    ['a smaller scope', asked('{ actions: [a] }'), [scoped(['a', 'b'])], ['narrowed']],
    ['the same scope in another order', asked('{ actions: [b, a] }'), [scoped(['a', 'b'])], []],
    ['a wider scope', asked('{ actions: [a, b] }'), [scoped(['a'])], ['withdrawn', 'added']],
    ['no scope where there was one', asked(null), [scoped(['a'])], ['withdrawn', 'added']],
    [
      'a smaller scope for longer',
      asked('{ actions: [a] }', { duration: '5h' }),
      [scoped(['a', 'b'])],
      ['withdrawn', 'added'],
    ],
  ])('%s', (_, after, live, kinds) => {
    expect(does(after, live)).toEqual(kinds);
  });

  const over = record(told.approved(), told.withdrawn(2));
  const stood = file({ ticket: 'INC-4821' });
  test.each<[string, string, string | null, GrantRecord[], string[]]>([
    ['a comment', `# why\n${stood}`, stood, [over], []],
    ['line ends', stood.replaceAll('\n', '\r\n'), stood, [over], []],
    ['an order', stood.split('\n').reverse().join('\n'), stood, [over], []],
    ['another reason', `${stood}#`.replace('Slow', 'Fast'), stood, [over], ['added']],
    ['an end', stood.replace('4h', '5h'), stood, [over], ['added']],
    ['a comment, of no grant that is over', `# why\n${stood}`, stood, [], ['added']],
    ['a comment, of what could not be read', `# why\n${stood}`, 'x', [over], ['added']],
    ['nothing: it was removed and comes again', stood, null, [over], ['added']],
  ])('in a file of a grant that is over changes %s', (_, after, before, ended, kinds) => {
    const asked = query({ [PATH]: [before, before, after] }, [], { over: ended });
    expect(changesOf(asked).changes.map(({ kind }) => kind)).toEqual(kinds);
  });

  test('invariant 8: a move to another path withdraws one grant and adds another', () => {
    const moved = PATH.replace('alice-orders', 'moved');
    const { changes } = changesOf(
      query({ [moved]: [null, null, file()], [PATH]: [file(), file(), null] }, [active()]),
    );
    expect(changes.map(({ kind, path, from }) => [kind, path, from?.id])).toEqual([
      ['withdrawn', PATH, active().id],
      ['added', moved, undefined],
    ]);
  });

  test('invariant 8: a withdrawal uses only what the record says', () => {
    const [change] = changesOf(
      query({ [PATH]: ['x', 'x', null] }, [active()], {
        accounts: {},
        data: { ...policy, catalog: {} },
      }),
    ).changes;
    expect(change).toMatchObject({
      to: null,
      from: { id: active().id },
      effect: {
        kind: 'withdrawn',
        subject_id: 101,
        identity: 'alice_s',
        window: hours(4),
        from: { window: hours(4) },
      },
    });
  });

  test('invariant 8: a path that changed on both sides needs an update of the branch', () => {
    const update = [expect.stringContaining('Update the branch')];
    const of = (before: string | null, tip: string | null, after: string | null) => {
      const { changes, problems } = changesOf(query({ [PATH]: [before, tip, after] }, [active()]));
      return [...changes.map(({ kind }) => kind), ...problems.map(({ message }) => message)];
    };
    expect(of('x', file(), file({ duration: '5h' }))).toEqual(update);
    expect(of(null, file(), file({ duration: '5h' }))).toEqual(update);
    expect(of(file(), null, file({ duration: '5h' }))).toEqual(update);
    expect(of(file(), file({ duration: '5h' }), null)).toEqual(update);
    // It changed on the base alone, so this branch does nothing to it.
    expect(of(file(), file({ duration: '5h' }), file())).toEqual([]);
  });
});

test('invariant 8: an equal file is no change, and a narrowed effect is always a subset', () => {
  let narrowed = 0;
  const later = fc.integer({ min: 1, max: 600 });
  const written = fc.record({
    // Mostly the values that the grant was given for, so that there is enough to compare.
    subject: fc.constantFrom('alice', 'alice', 'alice', 'alice', 'frank'),
    resource: fc.constantFrom('orders-db', 'orders-db', 'orders-db', 'orders-db', 'strict-db'),
    scope: fc.constantFrom(null, '{ actions: [a] }', '{ actions: [a, b] }'),
    window: fc.oneof(
      later.map((n) => ({ duration: `${n}m`, expires_at: null })),
      later.map((n) => ({ duration: null, expires_at: at(n) })),
    ),
    starts_at: fc.option(fc.integer({ min: -60, max: 300 }).map(at)),
  });
  fc.assert(
    fc.property(
      written,
      fc.constantFrom(scheduled(), active(), unscoped, scoped(['a'])),
      (one, live) => {
        const text = file({ ...one, ...one.window, window: null });
        expect(changesOf(query({ [PATH]: [text, text, text] }, [live]))).toEqual({
          changes: [],
          problems: [],
        });
        for (const { kind, to } of changesOf(query({ [PATH]: ['x', 'x', text] }, [live])).changes) {
          if (kind !== 'narrowed' || !to) continue;
          narrowed += 1;
          expect([to.subject.id, to.entitled]).toEqual([live.subject.id, live.entitled]);
          const start = live.window?.starts_at ?? live.landed_at;
          const end = live.window?.ends_at ?? minute(240);
          const { starts_at, duration_seconds, expires_at } = to.declared.window;
          const from = starts_at !== null && starts_at > start ? starts_at : start;
          const ends =
            expires_at ?? new Date(Date.parse(from) + (duration_seconds ?? 0) * 1000).toISOString();
          expect(ends <= end).toBe(true);
          const larger = live.declared.scope?.actions ?? to.declared.scope?.actions ?? [];
          expect(larger).toEqual(
            expect.arrayContaining([...(to.declared.scope?.actions ?? larger)]),
          );
        }
      },
    ),
    { numRuns: 300 },
  );
  expect(narrowed).toBeGreaterThan(0);
});
