import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HeardClient } from '../../src/clients/postgres.js';
import { ACCESS_REPOSITORY, PEOPLE, starter } from '../../lab/acme/acme.js';
import type { Name } from '../../lab/acme/acme.js';
import { bodies, comment, entries, merged } from '../../lab/acme/asking.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import type { Installation } from '../../lab/processes/installation.js';
import type { Program } from '../../lab/processes/process.js';
import { until } from '../../lab/until.js';
import { running } from '../../lab/processes/running.js';

const SETTINGS = 'policies/settings.yaml';
const path = (name: string) => `access-grants/development/${name}.yml`;
const HELD = (lose: number, have: number) =>
  `it would end grants of ${lose} of the ${have} people who have live grants, so those endings are held`;

describe('a step with more endings at once than are allowed', () => {
  let acme: Installation;
  let worker: Program;
  beforeAll(async () => {
    // The limits are two and a quarter instead of ten.
    const few = (starter()[SETTINGS] ?? '').replace('number: 10', 'number: 2');
    ({ acme, worker } = await running({ now: '2026-11-24T09:00:00Z', files: { [SETTINGS]: few } }));
  }, 400_000);
  afterAll(() => acme.close(), 60_000);

  const readers = () => acme.orders.members('orders_reader');
  const file = (subject: Name, duration: string) => grantFile({ subject, duration, ticket: null });
  /** Live grants, each for so long; the file name is the subject's. */
  const given = async (branch: string, wanted: Readonly<Partial<Record<Name, string>>>) => {
    const all = Object.entries(wanted) as [Name, string][];
    const files = Object.fromEntries(
      all.map(([who, duration]) => [path(`${branch}-${who}`), file(who, duration)]),
    );
    const { number } = await merged(acme, { who: 'alice', branch, files }, ['bob']);
    for (const one of Object.keys(files)) await acme.grant(one, 'active');
    return { files, number, of: (who: Name) => path(`${branch}-${who}`) };
  };
  const gone = (paths: readonly string[]) => Object.fromEntries(paths.map((one) => [one, null]));
  /** root is an admin, whom the required check does not stop, so what they push to main lands. */
  const pushed = (files: Readonly<Record<string, string | null>>) =>
    acme.people.root.push(ACCESS_REPOSITORY, { branch: 'main', files });
  const landed = (commit: string) =>
    until(`the step ${commit}`, async () =>
      bodies(await entries(acme), 'step.landed').find((step) => step.commit === commit),
    );
  const kinds = async ({ id }: Readonly<Record<string, unknown>>) =>
    (await entries(acme, { grant: String(id) })).map(({ kind }) => kind);
  /** Who has access until when, and whether it is ending, according to `daypass grants`. */
  const held = async () => {
    const { out } = await acme.daypass('grants', '--json');
    const { held } = JSON.parse(out) as {
      held: { subject: { login: string }; ends_at: string; ending: boolean }[];
    };
    return held
      .map(({ subject, ends_at, ending }) => ({ who: subject.login, ends_at, ending }))
      .sort((a, b) => (a.who < b.who ? -1 : 1));
  };
  /** Waits until a delivery was taken, and who is a member was looked at. */
  const looked = (id: string) =>
    until(`the look at who has left, because of ${id}`, async () => {
      const { rows } = await acme.ledger.query<{ done: boolean }>(
        `SELECT EXISTS (SELECT FROM daypass.deliveries WHERE delivery_id = $1 AND handled_at IS NOT NULL)
           AND NOT EXISTS (SELECT FROM daypass.work WHERE topic = 'people') AS done`,
        [id],
      );
      return rows[0]?.done;
    });
  /** Somebody who took over web says that somebody has left. */
  const forged = async (id: string) => {
    const web = new HeardClient({ connectionString: acme.urls.WEB_DATABASE_URL });
    await web.connect();
    await web.query(
      `INSERT INTO daypass.deliveries (delivery_id, event, action)
       VALUES ($1, 'organization', 'member_removed')`,
      [id],
    );
    await web.query(`SELECT pg_notify('daypass', '')`);
    await web.end();
    await looked(id);
  };
  const trust = async (...args: string[]) => {
    const { exit, out, err } = await acme.daypass('trust', ...args);
    return { exit, said: out + err };
  };
  /** Says yes to what was shown. */
  const agree = (shown: string, ...args: string[]) =>
    trust('--yes', /--yes ([0-9a-f]{64})/.exec(shown)?.[1] ?? '', ...args);

  test('invariants 7, 20: the endings of one push are held and announced, later steps go on, each grant ends at its time, and putting the files back settles it', async () => {
    const grants = await given('first', { alice: '2h', dave: '4h', erin: '4h', frank: '4h' });
    const before = await held();
    const lost = [grants.of('alice'), grants.of('dave'), grants.of('erin')];
    const commit = await pushed(gone(lost));
    expect((await landed(commit)).ignored).toEqual([expect.stringContaining(HELD(3, 4))]);
    await worker.line((line) => line.includes(HELD(3, 4)) && line.includes(commit));
    expect(await held()).toEqual(before);
    expect(before.map(({ ending }) => ending)).toEqual([false, false, false, false]);
    expect(await readers()).toEqual(['alice', 'dave', 'erin', 'frank']);
    const { out } = await acme.daypass('audit', 'log');
    expect(out).toContain(HELD(3, 4));

    // Later steps go on: one gives access, and one takes away what was not held.
    const later = await given('later', { carol: '1h' });
    await pushed(gone([grants.of('frank')]));
    await acme.grant(grants.of('frank'), 'revoked');
    expect(await readers()).toEqual(['alice', 'carol', 'dave', 'erin']);

    // Grants whose ending is held end at their own time.
    await acme.advance('PT2H');
    for (const one of [grants.of('alice'), later.of('carol')]) {
      const ended = await acme.grant(one, 'expired');
      expect(ended).toMatchObject({ overdue: false, revoked_by: null });
      expect((await kinds(ended)).filter((kind) => kind.startsWith('grant.'))).toEqual(
        expect.arrayContaining(['grant.activated', 'grant.expired']),
      );
      expect(await kinds(ended)).not.toContain('grant.ending');
    }
    expect(await readers()).toEqual(['dave', 'erin']);
    expect((await trust()).said).toMatch(/ended: dave[^]*ended: erin/);

    // With the files back nothing is left to settle, and nothing was given anew.
    const two = [grants.of('dave'), grants.of('erin')];
    const records = [
      await acme.grant(two[0] ?? '', 'active'),
      await acme.grant(two[1] ?? '', 'active'),
    ];
    const back = await pushed(Object.fromEntries(two.map((one) => [one, grants.files[one] ?? ''])));
    expect((await landed(back)).ignored).toEqual([]);
    for (const [n, one] of two.entries())
      expect(await acme.grant(one, 'active')).toMatchObject({
        id: records[n]?.['id'],
        window: records[n]?.['window'],
        version: records[n]?.['version'],
      });
    const settled = await trust();
    expect(settled.exit).toBe(1);
    expect(settled.said).not.toContain('ended:');

    // A step may end two.
    expect((await landed(await pushed(gone(two)))).ignored).toEqual([]);
    for (const one of two) await acme.grant(one, 'revoked');
    expect(await readers()).toEqual([]);
  }, 400_000);

  test('invariants 7, 20: the endings of one merge are held and announced on it, and daypass trust ends them', async () => {
    const grants = await given('second', { alice: '4h', dave: '4h', erin: '4h', frank: '1h' });
    const starts_at = new Date(acme.github.state.clock.now().getTime() + 7_200_000).toISOString();
    const waits = path('second-waits');
    const asked = { [waits]: grantFile({ subject: 'carol', ticket: null, starts_at }) };
    await merged(acme, { who: 'alice', branch: 'waits', files: asked }, ['carol']);
    await acme.grant(waits, 'scheduled');

    const lost = ['alice', 'dave', 'erin'].map((who) => grants.of(who as Name));
    const files = gone([...lost, waits]);
    const { number } = await merged(acme, { who: 'alice', branch: 'cleared', files }, []);
    const said = await comment(acme, number, /Not applied/);
    expect(said).toContain(HELD(4, 5));
    expect(await readers()).toEqual(['alice', 'dave', 'erin', 'frank']);
    await acme.advance('PT1H');
    await acme.grant(grants.of('frank'), 'expired');
    expect(await readers()).toEqual(['alice', 'dave', 'erin']);

    const { git } = await acme.people.root.clone(ACCESS_REPOSITORY);
    const tree = await git('rev-parse', 'origin/main:policies');
    const unasked = await trust(tree);
    expect(unasked.exit).toBe(1);
    expect(unasked.said).toMatch(/ended: alice[^]*ended: dave[^]*ended: erin/);
    expect(unasked.said).toContain('withdrawn: carol');
    expect(await readers()).toEqual(['alice', 'dave', 'erin']);

    const trusted = await agree(unasked.said, tree, '--json');
    expect(trusted.exit).toBe(0);
    expect(JSON.parse(trusted.said)).toMatchObject({
      recorded: true,
      plan: {
        taken: [
          { login: 'alice', becomes: 'ended' },
          { login: 'dave', becomes: 'ended' },
          { login: 'erin', becomes: 'ended' },
          { login: 'carol', becomes: 'withdrawn' },
        ],
      },
    });
    for (const one of lost) {
      const over = await acme.grant(one, 'revoked');
      expect((await kinds(over)).filter((kind) => /ending|expired|revoked/.test(kind))).toEqual([
        'grant.ending',
        'grant.revoked',
      ]);
    }
    await acme.grant(waits, 'withdrawn');
    expect(await readers()).toEqual([]);
    await comment(acme, grants.number, /(ended early, seen gone[^]*){3}/);
    await acme.advance('PT3H');
    await acme.grant(waits, 'withdrawn');
    expect((await trust(tree)).said).not.toMatch(/ended:|withdrawn:/);
    expect((await acme.daypass('audit', 'verify')).exit).toBe(0);
  }, 400_000);

  test('invariants 7, 16, 20: somebody who leaves the organisation loses the access at once, many are held and announced; a rename and a forged event end nothing', async () => {
    const grants = await given('third', { alice: '4h', carol: '4h', dave: '4h', erin: '4h' });
    const frank = await given('fourth', { frank: '4h' });
    const readable = ['alice', 'carol', 'dave', 'erin'];
    Object.assign(acme.github.state.users.get(PEOPLE.alice.id) ?? {}, { login: 'alice-now' });
    await forged('forged');
    expect(await readers()).toEqual([...readable, 'frank']);

    await acme.people.root.must('DELETE', '/orgs/acme/members/frank');
    await acme.grant(frank.of('frank'), 'revoked');
    expect(await readers()).toEqual(readable);
    const sent = acme.github.github.deliveries.list().at(-1);
    expect(sent).toMatchObject({ event: 'organization', action: 'member_removed' });
    await looked(sent?.id ?? '');
    const why = 'frank (id 106) is no longer a member of the organisation';
    await comment(
      acme,
      frank.number,
      /ended early, seen gone.*no longer a member of the organisation/,
    );
    expect((await acme.daypass('audit', 'log')).out).toContain(`early end requested: ${why}`);

    // Four leave at once, which may be a mistake.
    const { members } = acme.github.state.orgs.get(7001) ?? {};
    for (const who of ['alice', 'dave', 'erin'] as const) members?.delete(PEOPLE[who].id);
    await acme.people.root.must('DELETE', '/orgs/acme/members/carol');
    const many =
      '4 of the 4 people with live grants have left, so the ends of their grants are held';
    await worker.line((line) => line.includes(many));
    const said = await comment(acme, grants.number, /(Its early end is held[^]*){4}/);
    expect(said).toContain(many);
    await forged('again');
    const all = await entries(acme);
    expect(bodies(all, 'grant.end_held')).toHaveLength(4);
    expect((await acme.daypass('grants')).out.match(/active, end held/g)).toHaveLength(4);
    expect(await readers()).toEqual(readable);

    // Those of one person are never held, and the others wait for somebody's word.
    await acme.daypass('revoke', '--subject', `id:${PEOPLE.alice.id}`, '--because', 'she has left');
    await acme.grant(grants.of('alice'), 'revoked');
    expect(await readers()).toEqual(readable.slice(1));
    const unasked = await trust();
    expect(unasked.exit).toBe(1);
    for (const who of readable.slice(1))
      expect(unasked.said).toMatch(new RegExp(`ended: ${who}, .*: the end of .* was held`));
    const trusted = await agree(unasked.said, '--because', 'they have left', '--as', 'Dana');
    expect(trusted.exit).toBe(0);
    for (const who of ['carol', 'dave', 'erin'] as const)
      await acme.grant(grants.of(who), 'revoked');
    expect(await readers()).toEqual([]);
    const { out } = await acme.daypass('audit', 'log');
    expect(out).toContain(
      'accepted as the baseline (an operator, by their own account Dana), because "they have left": repository',
    );
    expect(out).toMatch(
      /early end requested: erin .* was held until daypass trust \(an operator, .* Dana\)/,
    );
    expect((await acme.daypass('audit', 'verify')).exit).toBe(0);
  }, 400_000);
});
