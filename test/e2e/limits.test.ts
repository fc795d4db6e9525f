import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ACCESS_REPOSITORY, starter } from '../../lab/acme/acme.js';
import { approve, approved, bodies, denial, entries, merged } from '../../lab/acme/asking.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import type { Installation } from '../../lab/processes/installation.js';
import type { Program } from '../../lab/processes/process.js';
import { running } from '../../lab/processes/running.js';

const SETTINGS = 'policies/settings.yaml';
const production = (name: string) => `access-grants/production/${name}.yml`;
/** The message for so many hours, where production allows ten in thirty days. */
const tooMuch = (sum: string) =>
  `With this grant, the total for thirty days would be ${sum}, more than the 10 h that production allows.`;

describe('limits on the length and on the total', () => {
  let acme: Installation;
  let worker: Program;
  beforeAll(async () => {
    const few = (starter()[SETTINGS] ?? '')
      .replace('max_in_30_days: 80h', 'max_in_30_days: 10h')
      .replace('per_person: 10', 'per_person: 1');
    ({ acme, worker } = await running({ now: '2026-11-24T10:00:00Z', files: { [SETTINGS]: few } }));
  }, 400_000);
  afterAll(() => acme.close(), 60_000);

  test('staging: one of the owners approves up to three days', async () => {
    const at = (name: string) => `access-grants/staging/${name}.yml`;
    const files = (name: string, duration: string) => ({
      [at(name)]: grantFile({ duration, ticket: null }),
    });
    const long = await acme.ask('alice', 'long', files('long', '73h'));
    const { lines } = await denial(acme, long.head.sha);
    expect(lines).toEqual([expect.stringMatching(/^4: 73 h is longer than the 72 h that staging/)]);
    await merged(acme, { who: 'alice', branch: 'days', files: files('days', '3d') }, ['bob']);
    await acme.grant(at('days'), 'active');
    expect(await acme.orders.members('orders_reader')).toContain('alice');
  }, 400_000);

  test('grants that are approved in one pull request count in the next, and so do those that landed or ended', async () => {
    const at = (name: string) => `access-grants/production/${name}.yml`;
    const of = (branch: string, duration: string, subject = 'alice') => ({
      who: 'alice' as const,
      branch,
      files: { [at(branch)]: grantFile({ duration, subject }) },
    });
    const first = await approved(acme, of('first', '8h'));
    const second = of('second', '4h');
    const pull = await acme.ask('alice', 'second', second.files);
    const { check } = await denial(acme, pull.head.sha);
    expect(check.title).toContain(
      'the total for thirty days would be 12 h, more than the 10 h that production allows',
    );
    await approved(acme, of('of-frank', '4h', 'frank'));

    await acme.people.alice.merge('acme/access', first.number);
    await acme.grant(at('first'), 'active');
    await acme.advance('PT8H');
    await acme.grant(at('first'), 'expired');
    const third = await acme.ask('alice', 'third', of('third', '3h').files);
    expect((await denial(acme, third.head.sha)).check.title).toContain('11 h');
    await approved(acme, of('fourth', '2h'), ['bob', 'carol', 'dave']);
  }, 400_000);

  test('invariant 7: grants that land together are decided in order, and each counts those that landed before it', async () => {
    const asked = (branch: string, duration: string) => ({
      who: 'alice' as const,
      branch,
      files: { [production(branch)]: grantFile({ duration, subject: 'erin' }) },
    });
    const eight = await approved(acme, asked('eight', '8h'));
    // The others are judged only at their steps, where what has landed is not pending any more.
    await worker.end('SIGTERM');
    const landed = [eight];
    for (const [branch, duration] of [
      ['four', '4h'],
      ['two', '2h'],
    ] as const) {
      const pull = await acme.ask('alice', branch, asked(branch, duration).files);
      await approve(acme, pull.number, ['bob', 'carol']);
      landed.push(pull);
    }
    for (const { number } of landed) await acme.people.root.merge(ACCESS_REPOSITORY, number);
    worker = await acme.start('worker');

    expect(await acme.grant(production('four'), 'requested')).toMatchObject({
      quarantined: true,
      why: [`every/total: ${tooMuch('12 h')}`],
    });
    // A quarantined grant takes nothing from the total.
    await acme.grant(production('eight'), 'active');
    await acme.grant(production('two'), 'active');
    const numbers = landed.map(({ number }) => number);
    const all = (await entries(acme)).filter((e) => numbers.includes(e.pull_request ?? 0));
    expect(bodies(all, 'step.landed').map((step) => step.pull_request)).toEqual(numbers);
    const steps = bodies(all, 'decision.made').filter(({ moment }) => moment === 'step');
    expect(steps.map(({ decision }) => decision.outcome)).toEqual([
      'approved',
      'denied',
      'approved',
    ]);
  }, 400_000);

  test('invariant 7: a second grant that nobody reviewed is announced as too many, quarantined at its step, and given once the first is withdrawn', async () => {
    const at = (name: string) => `access-grants/development/${name}.yml`;
    const asked = (branch: string) => ({
      who: 'frank' as const,
      branch,
      files: { [at(branch)]: grantFile({ subject: 'frank', ticket: null }) },
    });
    await merged(acme, asked('first-of-all'), []);
    await acme.grant(at('first-of-all'), 'active');
    const full =
      'of the grants in development that nobody reviewed, environments.development.without_review allows 1 for one person, who has 1: wait until one has ended';
    const pull = await acme.ask('frank', 'one-more', asked('one-more').files);
    const check = await acme.check(pull.head.sha, ({ conclusion }) => conclusion === 'success');
    expect(check.summary).toContain('would not take effect if this were merged now');
    expect(check.summary).toContain('allows 1 for one person, who has 1');
    await acme.people.frank.merge(ACCESS_REPOSITORY, pull.number);
    const more = await acme.grant(at('one-more'), 'requested');
    expect(more).toMatchObject({ quarantined: true, why: [full] });

    const gone = { who: 'frank' as const, branch: 'gone', files: { [at('first-of-all')]: null } };
    await merged(acme, gone, []);
    await acme.grant(at('first-of-all'), 'revoked');
    await merged(acme, asked('once-more'), []);
    await acme.grant(at('once-more'), 'active');
  }, 400_000);

  test('two files of one pull request are counted together, even if each alone is within the limit', async () => {
    const [one, other] = [production('one-of-two'), production('other-of-two')];
    const file = (reason: string) => grantFile({ duration: '6h', subject: 'carol', reason });
    const pull = await acme.ask('alice', 'two-files', {
      [one]: file('Slow order queries since the 14:10 deploy'),
      [other]: file('Wrong sums of orders since the 15:20 deploy'),
    });
    const { check } = await denial(acme, pull.head.sha);
    expect(check).toMatchObject({ conclusion: 'failure' });
    expect(check.title).toContain(tooMuch('12 h').slice(0, -1));
    for (const path of [one, other]) expect(check.summary).toContain(path);

    const head = await acme.people.alice.push(ACCESS_REPOSITORY, {
      branch: 'two-files',
      files: { [other]: null },
    });
    await acme.check(head, ({ title }) => title.startsWith('Not yet:'));
  }, 400_000);

  test('a grant that has ended counts for thirty days, and no longer', async () => {
    const asked = (branch: string) => ({
      who: 'alice' as const,
      branch,
      files: { [production(branch)]: grantFile({ duration: '8h', subject: 'dave' }) },
    });
    await merged(acme, asked('long-ago'));
    await acme.grant(production('long-ago'), 'active');
    await acme.advance('PT8H');
    await acme.grant(production('long-ago'), 'expired');

    await acme.advance('P29D');
    const early = await acme.ask('alice', 'too-early', asked('too-early').files);
    expect((await denial(acme, early.head.sha)).check.title).toContain(
      'the total for thirty days would be 16 h',
    );
    await acme.advance('P2D');
    await merged(acme, asked('late-enough'));
    await acme.grant(production('late-enough'), 'active');
  }, 400_000);
});
