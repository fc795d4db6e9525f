import { afterEach, describe, expect, test } from '@jest/globals';
import { pathOnly } from '../../src/clients/process.js';
import { createLineProcess, type LineProcess } from '../../src/clients/line-process.js';
import { isAlive } from '../../src/clients/alive.js';
import { until } from '../../lab/until.js';

const BOUNDS = { deadline_ms: 30_000, max_bytes: 1_000, idle_ms: 30_000, env: pathOnly() };
const open: LineProcess[] = [];
const shell = (script: string, bounds: Partial<typeof BOUNDS> = {}): LineProcess => {
  const one = createLineProcess('/bin/sh', ['-c', script], { ...BOUNDS, ...bounds });
  open.push(one);
  return one;
};
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

/** Answers each line with its own process id and the line; ends at a line that says so, and is silent at another. */
const ECHO = `while read -r line; do case $line in end) exit 3;; die) kill -9 $$;; wait) sleep 60;; two) printf 'a\\n%s\\n' "$$ two"; continue;; esac; echo "$$ $line"; done`;
const words = (answers: readonly string[]) => answers.map((answer) => answer.split(' ')[1]);
const pid = async (one: LineProcess) => Number((await one.ask(['x']))[0]?.split(' ')[0]);

describe('a process that answers lines', () => {
  test('gives each question its own answers, and starts once for all of them', async () => {
    const one = shell(ECHO);
    const answers = await Promise.all([one.ask(['a', 'b']), one.ask([]), one.ask(['c'])]);
    expect(answers.map(words)).toEqual([['a', 'b'], [], ['c']]);
    expect(new Set(answers.flat().map((answer) => answer.split(' ')[0])).size).toBe(1);
  });

  test.each([
    ['end', 'exited with 3'],
    ['die', 'was ended by SIGKILL'],
  ])(
    'fails a question at which it says "%s", and another starts for the next',
    async (line, says) => {
      const one = shell(ECHO);
      const first = await pid(one);
      await expect(one.ask(['a', line, 'b'])).rejects.toMatchObject({ message: says });
      expect(words(await one.ask(['c']))).toEqual(['c']);
      expect(await pid(one)).not.toBe(first);
    },
  );

  test('is killed with its children if it is late; who asked meanwhile is answered by another', async () => {
    const one = shell(ECHO, { deadline_ms: 300 });
    const first = await pid(one);
    const [late, next] = await Promise.allSettled([one.ask(['wait']), one.ask(['a'])]);
    expect(late).toMatchObject({ reason: { message: 'did not end within 300 ms' } });
    expect(next).toMatchObject({ status: 'fulfilled' });
    await until('its end', async () => !isAlive(first));
  });

  test('is killed if it says more than it was asked for, or one answer is too long', async () => {
    const more = shell(ECHO);
    await expect(more.ask(['two'])).rejects.toMatchObject({ end: { kind: 'output' } });
    expect(words(await more.ask(['a']))).toEqual(['a']);
    const long = shell('read -r line; printf "%02000d" 0; sleep 60');
    await expect(long.ask(['a'])).rejects.toMatchObject({ end: { kind: 'output' } });
  });

  test('ends when nobody asks for a while, and when it is closed', async () => {
    const idle = shell(ECHO, { idle_ms: 50 });
    const first = await pid(idle);
    await until('its end', async () => !isAlive(first));
    expect(words(await idle.ask(['a']))).toEqual(['a']);
    const closed = shell(ECHO);
    const asked = closed.ask(['wait']);
    const failed = expect(asked).rejects.toMatchObject({ message: 'was ended by SIGKILL' });
    await new Promise((resolve) => setImmediate(resolve));
    closed.close();
    await failed;
  });

  test('that cannot be started says why', async () => {
    const none = createLineProcess('/there/is/none', [], BOUNDS);
    await expect(none.ask(['a'])).rejects.toMatchObject({
      message: 'could not be started: spawn /there/is/none ENOENT',
    });
  });
});
