import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { answeredUse, type UseAnswer } from '../../../src/core/use/answer.js';
import { remember } from '../../../src/core/reading/remember.js';
import { weigh, type UseInput } from '../../../src/core/use/weigh.js';
import { minute, told, window } from '../../../lab/acme/story.js';
import { action, granted, usesData } from '../../support/core/uses.js';

const ROOM = { entries: 4, characters: 1_000 };
/** Remembers what was asked of what answers by the length of a text. */
function counted(room = ROOM, size = 1) {
  const asked: string[] = [];
  const answer = (text: string) => {
    asked.push(text);
    if (text === 'fault') throw new Error('no answer');
    return { length: text.length };
  };
  return { ask: remember(answer, () => size, room), asked };
}

describe('what is remembered of a pure answer', () => {
  test('the same text is asked once, and gets the same answer', () => {
    const { ask, asked } = counted();
    expect([ask('a'), ask('bb'), ask('a')]).toEqual([{ length: 1 }, { length: 2 }, { length: 1 }]);
    expect(asked).toEqual(['a', 'bb']);
  });

  test('a fault is asked again', () => {
    const { ask, asked } = counted();
    expect(() => ask('fault')).toThrow('no answer');
    expect(() => ask('fault')).toThrow('no answer');
    expect(asked).toEqual(['fault', 'fault']);
  });

  test.each([
    ['more texts than there is room for', ROOM, 1, ['a', 'b', 'c', 'd', 'e'], 'a'],
    [
      'more characters',
      { entries: 99, characters: 1_000 },
      60,
      Array.from('abcdefghijklmnopqr'),
      'a',
    ],
    ['a text that is long alone', ROOM, 1, ['x'.repeat(63)], 'x'.repeat(63)],
    ['an answer that is long alone', ROOM, 63, ['a'], 'a'],
  ])('%s: it is asked again', (_, room, size, texts, again) => {
    const { ask, asked } = counted(room, size);
    texts.forEach(ask);
    ask(again);
    expect(asked).toEqual([...texts, again]);
  });
});

/** Rules that read all that they are given: another answer for each other byte, and each third denies. */
function rules(text: string): UseAnswer {
  const { grants } = JSON.parse(text) as UseInput;
  const sum = Array.from(text).reduce(
    (all, each) => (all * 31 + each.charCodeAt(0)) % 1_000_003,
    7,
  );
  const said = { rule: 'every/all', message: String(sum) };
  return {
    deny: sum % 3 === 0 ? [said] : [],
    warn: [said],
    approve: grants.map(({ id, ends_at }) => ({ ...said, grant: id, ends_at })),
  };
}

/** What the grant of alice on the host has become. */
const GRANTS = {
  none: [],
  whole: [granted()],
  revoked: [granted({}, [told.ending(30)])],
  scoped: [granted({ scope: { actions: ['logs'] } })],
  shorter: [{ ...granted(), window: window(1, 30) }],
};

describe('invariant 27: what is remembered is what would be answered', () => {
  const START = Date.parse(minute(1));
  const END = Date.parse(minute(241));
  const moment = fc
    .tuple(
      fc.constantFrom(START, END, Date.parse(minute(30)), Date.parse(minute(31))),
      fc.constantFrom(-1_001, -1_000, -999, -501, -1, 0, 1, 499, 999, 1_000),
    )
    .map(([near, off]) => near + off);
  const few = fc.constantFrom({}, { ip: '10.0.0.1' }, { ip: '10.0.0.2' }, { time: 'now' });
  const question = fc.record({
    act: fc.constantFrom(action('restart'), action('logs')),
    carried: fc.record({ subject: few, resource: few, action: few, context: few }),
  });
  const step = fc.record({
    ...{ at: moment, question },
    grants: fc.constantFrom(...(Object.keys(GRANTS) as (keyof typeof GRANTS)[])),
  });

  test('for any questions, moments and changes of grants, to the very end of a window', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 30 }), (steps) => {
        const remembered = remember(rules, () => 0, { entries: 8, characters: 1_000_000 });
        for (const { at, question: asked, grants } of steps) {
          const weighed = weigh(
            {
              ...{ subject: { id: 101, login: 'alice' }, resource: 'orders-host' },
              ...{ environment: 'production', ...asked },
            },
            { data: usesData, grants: GRANTS[grants], now: new Date(at) },
          );
          const over = at < START || at >= (grants === 'shorter' ? Date.parse(minute(30)) : END);
          if (weighed.kind === 'denied') continue;
          expect([over, grants]).not.toContain(true);
          expect(['none', 'revoked']).not.toContain(grants);
          const text = JSON.stringify(weighed.input);
          expect(answeredUse(weighed, remembered(text))).toEqual(answeredUse(weighed, rules(text)));
          // All that a question carries is in the text, and of the time all but the part of a second.
          const { context, resource } = JSON.parse(text) as UseInput;
          expect(context).toEqual(asked.carried.context);
          expect(resource.properties).toMatchObject(asked.carried.resource);
          expect(Date.parse(weighed.input.now.rfc3339)).toBe(at - (at % 1_000));
        }
      }),
      { numRuns: 200 },
    );
  });
});
