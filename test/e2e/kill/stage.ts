import { HeardClient } from '../../../src/clients/postgres.js';
import type { PullRequestFull } from '../../../lab/github/views/types.js';
import { ACCESS_REPOSITORY } from '../../../lab/acme/acme.js';
import type { Name } from '../../../lab/acme/acme.js';
import { grantFile } from '../../../lab/acme/grant-file.js';
import { install } from '../../../lab/processes/installation.js';
import type { Check, Installation } from '../../../lab/processes/installation.js';
import { mortalServer } from '../../../lab/servers/mortal-server.js';
import type { MortalServer } from '../../../lab/servers/mortal-server.js';
import { databaseOn } from '../../../lab/servers/postgres.js';
import type { Program } from '../../../lab/processes/process.js';
import { until } from '../../../lab/until.js';
import { endHolds } from '../../support/holds.js';
import { layWire } from '../../support/wire.js';
import type { Wire } from '../../support/wire.js';

export type Killable = 'web' | 'worker';

/** A pull request that asks for an hour of access in development, where no review is needed. */
export interface Asked {
  readonly path: string;
  readonly pull: PullRequestFull;
}

/** acme, whose processes and ledger are killed while a wire holds them at an exact point. */
export interface Stage {
  readonly acme: Installation;
  /** The ledger, with its owner's rights. */
  readonly ledgerUrl: string;
  readonly server: MortalServer;
  readonly wires: { readonly ledger: Wire; readonly target: Wire };
  start(name: Killable): Promise<void>;
  /** Starts what a test left dead, and clears faults and stops. */
  revive(): Promise<void>;
  /** Waits until nothing is being sent, wanted or worked on. */
  quiet(): Promise<void>;
  /**
   * kill -9; it is gone when this resolves. What it had taken is free for others at once, as it is when its holds have
   * run out; with `left` they run on.
   */
  kill(name: Killable, holds?: 'left'): Promise<void>;
  /** Pushes a person's grant file to its own branch, and waits until GitHub has sent all deliveries. */
  push(who: Name): Promise<{ readonly path: string; open(): Promise<PullRequestFull> }>;
  ask(who: Name): Promise<Asked>;
  green(pull: PullRequestFull): Promise<Check>;
  /** Opens a pull request, waits for the check and merges. */
  merge(who: Name): Promise<Asked>;
  /** The kinds of the grant's entries by path, in order, without failed attempts and overdue. */
  told(path: string): Promise<string[]>;
  /** How many entries of a kind a pull request has. */
  entries(kind: string, pull: PullRequestFull): Promise<number>;
  /** The comments on a pull request, once one of them contains a text. */
  comments(pull: PullRequestFull, says: RegExp): Promise<string[]>;
  readers(): Promise<string[]>;
  close(): Promise<void>;
}

export async function setStage(): Promise<Stage> {
  const server = await mortalServer();
  const ledgerUrl = await databaseOn(server.superuserUrl);
  // It is a Tuesday at noon in Berlin, within the hours of the starter.
  const acme = await install({ now: '2026-11-24T11:00:00Z', ledger: ledgerUrl });
  const wires = {
    ledger: await layWire(server.superuserUrl),
    target: await layWire(acme.orders.url),
  };
  const environments = {
    web: { WEB_DATABASE_URL: wires.ledger.through(acme.urls.WEB_DATABASE_URL) },
    worker: {
      // Where its holds are left, others take over from a dead worker after 3 s, and a slot of its after 6.
      HOLD_SECONDS: '3',
      DATABASE_URL: wires.ledger.through(acme.urls.DATABASE_URL),
      TARGET_ORDERS_DEV_URL: wires.target.through(acme.orders.url),
    },
  };
  const programs = new Map<Killable, Program>();
  const start = async (name: Killable) => {
    const program = await acme.start(name, environments[name]);
    programs.set(name, program);
    void program.exited.then(() => programs.get(name) === program && programs.delete(name));
  };
  let asked = 0;
  const push: Stage['push'] = async (who) => {
    asked += 1;
    const branch = `${who}-${String(asked)}`;
    const path = `access-grants/development/${branch}.yml`;
    const files = { [path]: grantFile({ subject: who, duration: '1h' }) };
    await acme.people[who].push(ACCESS_REPOSITORY, { branch, files });
    await acme.github.github.deliveries.settled();
    const open = () =>
      acme.people[who].openPullRequest(ACCESS_REPOSITORY, { title: branch, head: branch });
    return { path, open };
  };
  const ask: Stage['ask'] = async (who) => {
    const { path, open } = await push(who);
    return { path, pull: await open() };
  };
  const green: Stage['green'] = (pull) =>
    acme.check(pull.head.sha, ({ conclusion }) => conclusion === 'success');
  const column = async (sql: string, ...values: unknown[]) =>
    (await acme.ledger.query<{ value: string }>(sql, values)).rows.map(({ value }) => value);
  return {
    acme,
    ledgerUrl,
    server,
    wires,
    start,
    revive: async () => {
      acme.github.github.faults.clear();
      wires.ledger.clear();
      wires.target.clear();
      await server.start();
      for (const name of ['web', 'worker'] as const) if (!programs.has(name)) await start(name);
    },
    quiet: async () => {
      await acme.github.github.deliveries.settled();
      await until('quiet', async () => {
        const { rowCount } = await acme.ledger.query(
          `SELECT FROM daypass.deliveries WHERE handled_at IS NULL UNION ALL
           SELECT FROM daypass.work WHERE due_at <= $1 OR taken_by IS NOT NULL`,
          [acme.github.state.clock.now()],
        );
        return rowCount === 0;
      });
    },
    kill: async (name, holds) => {
      await programs.get(name)?.end('SIGKILL');
      if (name === 'worker' && holds !== 'left') await endHolds(acme.ledger);
    },
    push,
    ask,
    green,
    merge: async (who) => {
      const { path, pull } = await ask(who);
      await green(pull);
      await acme.people[who].merge(ACCESS_REPOSITORY, pull.number);
      return { path, pull };
    },
    told: (path) =>
      column(
        `SELECT kind AS value FROM daypass.entries JOIN daypass.grants ON grant_id = id
         WHERE path = $1 AND kind LIKE 'grant.%'
           AND kind NOT IN ('grant.attempt_failed', 'grant.overdue') ORDER BY seq`,
        path,
      ),
    entries: async (kind, pull) =>
      Number(
        await column(
          'SELECT count(*) AS value FROM daypass.entries WHERE kind = $1 AND pull_request = $2',
          kind,
          pull.number,
        ),
      ),
    comments: (pull, says) =>
      until(`a comment that says ${String(says)}`, async () => {
        const all = await acme.people.root.must<{ body: string }[]>(
          'GET',
          `/repos/${ACCESS_REPOSITORY}/issues/${String(pull.number)}/comments`,
        );
        const bodies = all.map(({ body }) => body);
        if (bodies.some((body) => says.test(body))) return bodies;
        throw new Error(bodies.join('\n') || 'none yet');
      }),
    readers: () => acme.orders.members('orders_reader'),
    close: async () => {
      await acme.close();
      await wires.ledger.close();
      await wires.target.close();
      await server.remove();
    },
  };
}

/** A person's session at the target that continues to read through an open cursor, whatever is revoked. */
export interface Reader {
  read(): Promise<number>;
  /** Settles when the target has ended it. */
  readonly ended: Promise<void>;
}

export async function openReader(orders: { readonly url: string }, who: Name): Promise<Reader> {
  const client = new HeardClient({
    connectionString: Object.assign(new URL(orders.url), { username: who, password: who }).href,
  });
  const ended = new Promise<void>((resolve) => client.once('end', () => resolve()));
  await client.connect();
  await client.query('BEGIN; DECLARE orders_cursor SCROLL CURSOR FOR SELECT * FROM orders');
  return {
    read: async () => (await client.query('FETCH FIRST FROM orders_cursor')).rowCount ?? 0,
    ended,
  };
}
