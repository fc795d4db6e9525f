import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ACCESS_REPOSITORY, starter } from '../../lab/acme/acme.js';
import type { Name } from '../../lab/acme/acme.js';
import { approved, denial, merged, setState } from '../../lab/acme/asking.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import type { Installation } from '../../lab/processes/installation.js';
import { running } from '../../lab/processes/running.js';

const SETTINGS = 'policies/settings.yaml';
const at = (name: string) => `access-grants/production/${name}.yml`;

/** Production allows ten hours in thirty days, and no hour counts twice. Each story has another subject. */
describe('everything counts once in a total', () => {
  let acme: Installation;
  beforeAll(async () => {
    const few = (starter()[SETTINGS] ?? '').replace('max_in_30_days: 80h', 'max_in_30_days: 10h');
    ({ acme } = await running({ now: '2026-11-24T10:00:00Z', files: { [SETTINGS]: few } }));
  }, 400_000);
  afterAll(() => acme.close(), 60_000);

  /** alice's request for a person: so long for each file name. */
  const asked = (subject: Name, branch: string, all: Readonly<Record<string, string>>) => ({
    who: 'alice' as const,
    branch,
    files: Object.fromEntries(
      Object.entries(all).map(([name, duration]) => [at(name), grantFile({ duration, subject })]),
    ),
  });
  const ask = (...of: Parameters<typeof asked>) => {
    const { who, branch, files } = asked(...of);
    return acme.ask(who, branch, files);
  };
  const hence = (minutes: number) =>
    new Date(acme.github.state.clock.now().getTime() + minutes * 60_000).toISOString();
  const close = (number: number) => setState(acme, 'alice', number, 'closed');
  const waits = (sha: string) => acme.check(sha, ({ title }) => title.startsWith('Not yet:'));
  const sumOf = async (sha: string) =>
    / thirty days would be (.+), more than/.exec((await denial(acme, sha)).check.title)?.[1];

  test('invariant 7: before its activation a grant is not counted with the ended ones of its own pull request', async () => {
    const [now, later] = [at('erin-now'), at('erin-later')];
    const starts_at = hence(4 * 60 + 5);
    const reason = 'Second look at the same orders later';
    await merged(acme, {
      who: 'alice',
      branch: 'erin-twice',
      files: {
        [now]: grantFile({ duration: '4h', subject: 'erin' }),
        [later]: grantFile({ duration: '4h', subject: 'erin', starts_at, reason }),
      },
    });
    await acme.grant(now, 'active');
    await acme.grant(later, 'scheduled');
    await acme.advance('PT4H');
    await acme.grant(now, 'expired');
    await acme.advance('PT10M');
    await acme.grant(later, 'active');
  }, 400_000);

  test('invariant 12: an extension counts with its whole new length, beside another file and in another pull request', async () => {
    const long = 'frank-long';
    await merged(acme, asked('frank', 'frank-1', { [long]: '4h' }));
    await acme.grant(at(long), 'active');

    const both = await ask('frank', 'frank-2', { [long]: '6h', 'frank-two': '2h' });
    await waits(both.head.sha);
    await close(both.number);
    const much = await ask('frank', 'frank-3', { [long]: '6h', 'frank-two': '5h' });
    expect(await sumOf(much.head.sha)).toBe('11 h');
    await close(much.number);

    const open = await approved(acme, asked('frank', 'frank-4', { [long]: '6h' }));
    const two = await ask('frank', 'frank-5', { 'frank-two': '2h' });
    await waits(two.head.sha);
    const five = await ask('frank', 'frank-6', { 'frank-five': '5h' });
    expect(await sumOf(five.head.sha)).toBe('11 h');
    for (const { number } of [open, two, five]) await close(number);
  }, 400_000);

  test('an open narrowing changes nothing: until it lands the grant counts with its present length', async () => {
    const long = 'dave-long';
    await merged(acme, asked('dave', 'dave-1', { [long]: '4h' }));
    await acme.grant(at(long), 'active');
    const shorter = await approved(acme, asked('dave', 'dave-2', { [long]: '3h' }), []);
    const four = await ask('dave', 'dave-3', { 'dave-four': '4h' });
    await waits(four.head.sha);
    const seven = await ask('dave', 'dave-4', { 'dave-seven': '7h' });
    expect(await sumOf(seven.head.sha)).toBe('11 h');
    for (const { number } of [shorter, four, seven]) await close(number);
  }, 400_000);

  test('invariant 7: a scheduled grant is activated while it and another grant have open extensions', async () => {
    const [long, later] = ['carol-long', 'carol-later'];
    await merged(acme, asked('carol', 'carol-1', { [long]: '4h' }), ['bob', 'erin']);
    await acme.grant(at(long), 'active');
    const starts_at = hence(120);
    const file = (duration: string) => grantFile({ duration, subject: 'carol', starts_at });
    const files = (duration: string) => ({ [at(later)]: file(duration) });
    await merged(acme, { who: 'alice', branch: 'carol-2', files: files('3h') }, ['bob', 'erin']);
    await acme.grant(at(later), 'scheduled');

    await approved(acme, asked('carol', 'carol-3', { [long]: '6h' }), ['bob', 'erin']);
    await approved(acme, { who: 'alice', branch: 'carol-4', files: files('4h') }, ['bob', 'erin']);
    await acme.advance('PT2H');
    expect(await acme.grant(at(later), 'active')).toMatchObject({ why: [] });
  }, 400_000);

  test('a file that was removed from its pull request is not pending any more', async () => {
    const pull = await approved(acme, asked('alice', 'alice-1', { 'alice-gone': '8h' }));
    const four = await ask('alice', 'alice-2', { 'alice-four': '4h' });
    expect(await sumOf(four.head.sha)).toBe('12 h');
    await close(four.number);
    const head = await acme.people.alice.push(ACCESS_REPOSITORY, {
      branch: 'alice-1',
      files: { [at('alice-gone')]: null, 'docs/orders.md': 'Orders\n' },
    });
    await acme.check(head, ({ conclusion }) => conclusion === 'success');
    const again = await ask('alice', 'alice-3', { 'alice-again': '4h' });
    await waits(again.head.sha);
    await close(pull.number);
  }, 400_000);
});
