import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { addMinutes } from 'date-fns/addMinutes';
import { createLeases } from '../../src/adapters/postgres/work/leases.js';
import { createLedger } from '../../src/adapters/postgres/ledger/ledger.js';
import { told as inWords } from '../../src/core/report/audit.js';
import { providers } from '../../src/providers/list.js';
import { appKey } from '../../lab/acme/acme.js';
import { prepareOrders, type Orders } from '../../lab/acme/orders.js';
import { entitled, told, type Told } from '../../lab/acme/story.js';
import { borrowServer, type BorrowedServer } from '../../lab/servers/borrow.js';
import { databaseOn } from '../../lab/servers/postgres.js';
import { freePort } from '../../src/adapters/postgres/embedded/server.js';
import { ledgerDatabase, poolOf, type Urls } from '../adapters/postgres/released.js';
import { landed, of, started } from '../adapters/postgres/entries.js';
import { ask } from './asking.js';

let urls: Urls;
let server: BorrowedServer;
let orders: Orders;
let env: Record<string, string>;
let fingerprint: string;

const ago = (minutes: number) => addMinutes(new Date(), -minutes);
const pool = () => poolOf(urls.worker, 2);
const ledger = () => createLedger(pool());

beforeAll(async () => {
  urls = await ledgerDatabase();
  server = await borrowServer();
  orders = await prepareOrders(await databaseOn(server.superuserUrl), ['alice', 'bob', 'erin']);
  const nobody = `http://127.0.0.1:${String(await freePort())}`;
  env = {
    DATABASE_URL: urls.worker,
    TARGET_ORDERS_URL: orders.url,
    APP_ID: '4242',
    PRIVATE_KEY: appKey(),
    ACCESS_REPOSITORY: 'acme/access',
    // Nobody answers there, and no Redis is needed.
    GITHUB_API_URL: nobody,
    REDIS_URL: nobody.replace('http', 'redis'),
    HOLD_SECONDS: '2',
    SUDO_USER: 'dana',
  };
  const target = await providers['postgres']?.connect({ url: orders.url, forbidden: [] });
  fingerprint = (await target?.fingerprint()) ?? '';
  await target?.close();
  await ledger().append(ago(90), [started('decaf'), landed('c0ffee', 7)]);
}, 120_000);

afterAll(async () => {
  await orders.close();
  await server.stop();
});

/** A grant of a person, up to a state; access exists in the target from `activating` on. */
async function grantOf(
  subject: { id: number; login: string },
  upTo: 'quarantined' | 'scheduled' | 'activating' | 'active',
  commit: string,
): Promise<string> {
  const path = `access-grants/production/${subject.login}-${commit}.yml`;
  const slot = { ...entitled.slot, identity: subject.login };
  const access = { ...entitled, slot };
  const [, , approved] = told.approved();
  const body = { ...approved, subject, entitled: access, commit };
  Object.assign(body, {
    declared: {
      ...('declared' in approved ? approved.declared : {}),
      path,
      subject: subject.login,
    },
  });
  const window = { starts_at: ago(60).toISOString(), ends_at: ago(-180).toISOString() };
  const intent = { window, fingerprint, entitled: access, baseline: [] };
  const story = [
    [0, upTo === 'quarantined' ? 'grant.quarantined' : 'grant.approved', { ...body, why: [] }],
    [0, 'grant.activating', intent],
    [0, 'grant.activated', { observed: [], late_ms: 0 }],
  ] as unknown as readonly Told[];
  const begun = { quarantined: 1, scheduled: 1, activating: 2, active: 3 }[upTo];
  const id = `${path}@${commit}`;
  await ledger().append(
    ago(60),
    story.slice(0, begun).map((one) => of(id, one)),
  );
  if (begun > 1) await orders.asDaypass(`GRANT orders_reader TO ${subject.login}`);
  return id;
}

const because = ['--because', 'laptop stolen'];
const alice = { id: 101, login: 'alice' };
const erin = { id: 105, login: 'erin' };
const told_ = async (id: string) => (await ledger().entries({ grant: id, limit: 20 })).map(inWords);

describe('daypass revoke', () => {
  test('invariant 16: ends a grant with GitHub and Redis away, no worker, no policy and activation paused, and says who claims it', async () => {
    await ledger().append(ago(50), [
      {
        kind: 'source.differs',
        grant: null,
        pull_request: null,
        body: { found: {}, why: 'the default branch was rewritten' },
      },
    ]);
    const id = await grantOf(alice, 'active', 'aaaa');
    expect(await orders.members('orders_reader')).toEqual(['alice']);
    const { exit, out, err } = await ask(['revoke', id, ...because], env);
    expect([exit, err]).toEqual([0, [expect.stringContaining('recorded for 1 grant,')]]);
    expect(out).toEqual([
      `revoked, seen gone: alice, read-only on orders-db in production (${id})`,
    ]);
    expect(await orders.members('orders_reader')).toEqual([]);
    const words = await told_(id);
    expect(words.at(-2)).toMatch(
      /^early end requested: laptop stolen \(an operator, by their own account dana@/,
    );
    expect(words.at(-1)).toMatch(/^revoked, seen gone .*; laptop stolen \(an operator.* dana@/);

    const again = await ask(['revoke', id, ...because], env);
    expect(again).toMatchObject({ exit: 1, out: [] });
    expect(again.err[0]).toContain(`nothing was recorded: ${id} is over already: revoked at`);
  }, 60_000);

  test('invariant 7: ends all of one person in any state, however many, and nobody else', async () => {
    const bobs = await grantOf({ id: 102, login: 'bob' }, 'active', 'bbbb');
    const states = ['active', 'activating', 'scheduled', 'quarantined'] as const;
    const ids: string[] = [];
    for (const [n, state] of states.entries()) ids.push(await grantOf(erin, state, `eeee${n}`));
    const { exit, json } = await ask(
      ['revoke', '--subject', 'Erin', ...because, '--as', 'Dana of security', '--json'],
      env,
    );
    expect(exit).toBe(0);
    const { grants } = json() as { grants: { grant: string; state: string; over: boolean }[] };
    expect(grants.map(({ grant, state, over }) => [grant, state, over])).toEqual(
      ids.map((id, n) => [id, n < 2 ? 'revoked' : 'withdrawn', true]),
    );
    expect(await orders.members('orders_reader')).toEqual(['bob']);
    expect((await ledger().grant(bobs))?.state).toBe('active');
    expect((await ledger().grant(ids[2] ?? ''))?.revoked_by).toMatchObject({
      claimed_by: 'Dana of security',
    });
  }, 60_000);

  test('invariant 18: waits while another worker has the slot; what is not seen gone is exit code 2, and is recorded', async () => {
    const id = await grantOf(alice, 'active', 'cccc');
    const realm = providers['postgres']?.realm(fingerprint);
    const key = JSON.stringify(['postgres', realm, 'orders_reader', 'alice']);
    const lease = await createLeases(pool()).acquire(key, 'somebody', 3_000);
    const waited = await ask(['revoke', id, ...because], env);
    expect(waited.exit).toBe(0);
    expect(lease?.remaining()).toBeLessThanOrEqual(0);

    const second = await grantOf(alice, 'active', 'dddd');
    await orders.dba('ALTER ROLE daypass NOLOGIN');
    const refused = await ask(['revoke', second, ...because], env);
    await orders.dba('ALTER ROLE daypass LOGIN');
    expect(refused.exit).toBe(2);
    expect(refused.err.join()).toContain(`still there: ${second}`);
    expect(refused.out[0]).toMatch(/^NOT SEEN GONE YET: alice/);
    expect(await ledger().grant(second)).toMatchObject({ state: 'active', overdue: true });
    expect((await ask(['revoke', second, ...because], env)).exit).toBe(0);
    expect(await orders.members('orders_reader')).toEqual(['bob']);
  }, 200_000);

  test.each<readonly [string, readonly string[], number, string]>([
    ['an unknown grant', ['nothing.yml', ...because], 1, 'the ledger has no grant nothing.yml'],
    ['an unknown person', ['--subject', 'zoe', ...because], 1, 'has no grants of zoe'],
    ['no login', ['--subject', 'a b', ...because], 2, '"a b" is neither a GitHub login'],
    ['nothing named', [...because], 2, 'name a grant, or a person with --subject'],
    ['both named', ['x.yml', '--subject', 'bob', ...because], 2, 'and not both'],
    ['no reason', ['--subject', 'bob'], 2, "required option '--because <text>'"],
    ['an empty reason', ['--subject', 'bob', '--because', ' '], 2, '--because must be one line'],
    ['a reason in disguise', ['x', '--because', 'a\u202eb'], 2, '--because must be one line'],
    ['a name of lines', ['x', ...because, '--as', 'a\nb'], 2, '--as must be one line'],
  ])('%s', async (_, args, exit, says) => {
    const answered = await ask(['revoke', ...args], env);
    expect([answered.exit, answered.err.join('\n')]).toEqual([exit, expect.stringContaining(says)]);
    expect(answered.out).toEqual([]);
  });
});
