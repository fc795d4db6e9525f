import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLedger } from '../../src/adapters/postgres/ledger/ledger.js';
import { createPool } from '../../src/clients/postgres.js';
import { verifyChain } from '../../src/adapters/postgres/ledger/verify.js';
import { startOwnDatabase } from '../../src/adapters/postgres/embedded/own-database.js';
import { freePort } from '../../src/adapters/postgres/embedded/server.js';
import type { Entry } from '../../src/core/ledger/events.js';
import { person } from '../github/people.js';
import type { Person } from '../github/people.js';
import { ACCESS_REPOSITORY, APP_ID, PEOPLE, WEBHOOK_SECRET, acme, appKey } from '../acme/acme.js';
import type { Name } from '../acme/acme.js';
import { ENFORCER_TOKEN, ORDERS_API_FILES } from '../acme/orders-api.js';
import { prepareOrders } from '../acme/orders.js';
import type { Orders } from '../acme/orders.js';
import { startProgram } from '../processes/process.js';
import { throwawayCluster, throwawayFolder } from '../servers/throwaway.js';

/** Everything that the demo runs on, each in a separate process. */
export interface Stage {
  readonly github: string;
  /** The URL of the process that decides uses. */
  readonly pdp: string;
  readonly people: Readonly<Record<Name, Person>>;
  readonly orders: Orders;
  /** The URL of the ledger for the worker's role, which may read it. */
  readonly ledger: string;
  /** The file with the environment of the worker, for the command line. */
  readonly settings: string;
  now(): Promise<Date>;
  advance(duration: string): Promise<void>;
  /** A grant's entries, oldest first, and whether the ledger is intact. */
  audit(path: string): Promise<{ readonly entries: readonly Entry[]; readonly intact: string }>;
  /** Calls that the stand-in for GitHub did not know, and answers that GitHub would not give. */
  astray(): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

/** If `ended` rejects first, rejects with it, once everything that was started is closed. */
export async function setStage(say: (line: string) => void, ended: Promise<never>): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'daypass-demo-'));
  // Beside it: root's git has an account of its own, which may not pass through the folder of the demo.
  const home = await mkdtemp(join(tmpdir(), 'daypass-demo-home-'));
  const closing: (() => Promise<unknown>)[] = [folder, home].map(
    (one) => () => rm(one, { recursive: true, force: true }),
  );
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end().catch(() => undefined);
  };
  try {
    return await set({ folder, home }, closing, close, say, ended);
  } catch (error) {
    await close();
    throw error;
  }
}

async function set(
  { folder, home }: { readonly folder: string; readonly home: string },
  closing: (() => Promise<unknown>)[],
  close: () => Promise<void>,
  say: (line: string) => void,
  ended: Promise<never>,
): Promise<Stage> {
  const unlessEnded = <T>(work: Promise<T>): Promise<T> => Promise.race([work, ended]);
  /** A process that is starting is ended once it has started: closing meanwhile waits for it. */
  const open = <T>(starting: Promise<T>, end: (started: T) => Promise<unknown>): Promise<T> => {
    closing.push(async () => end(await starting));
    return unlessEnded(starting);
  };
  const [webPort, githubPort, pdpPort] = [await freePort(), await freePort(), await freePort()];
  const privateKey = appKey();
  const webhookUrl = `http://127.0.0.1:${String(webPort)}/api/github/webhooks`;
  await writeFile(
    join(folder, 'seed.yml'),
    JSON.stringify(acme({ privateKey, webhookUrl, files: ORDERS_API_FILES })),
  );
  const stand_in = startProgram(
    [
      '--import',
      'tsx',
      'lab/github/main.ts',
      '--seed',
      join(folder, 'seed.yml'),
      '--port',
      String(githubPort),
      '--data',
      join(folder, 'github'),
    ],
    { HOME: folder },
  );
  closing.push(() => stand_in.end('SIGTERM'));
  const ready = stand_in.line((line) => line.startsWith('{"url"'));
  const { url: github } = JSON.parse(await unlessEnded(ready)) as { url: string };
  say(`GitHub's stand-in      ${github}`);

  const put = (body: object) =>
    fetch(`${github}/_stand-in/clock`, { method: 'PUT', body: JSON.stringify(body) });
  await put({ now: '2026-11-24T13:00:00Z' });

  const own = await throwawayFolder();
  closing.push(() => rm(own, { recursive: true, force: true, maxRetries: 3 }));
  const ledger = await open(startOwnDatabase(own, { throwaway: true }), (one) => one.stop());
  const target = await open(throwawayCluster(), (one) => one.stop());
  const orders = await open(prepareOrders(target.superuserUrl, Object.keys(PEOPLE)), (one) =>
    one.close(),
  );
  say(`ledger (PostgreSQL)    127.0.0.1:${new URL(ledger.DATABASE_URL).port}`);
  say(`target (PostgreSQL)    127.0.0.1:${String(target.port)}, the orders database`);

  const worker = {
    NODE_ENV: 'test',
    DAYPASS_CLOCK: `${github}/_stand-in/clock`,
    DAYPASS_HOME: home,
    APP_ID: String(APP_ID),
    PRIVATE_KEY: privateKey,
    ACCESS_REPOSITORY,
    GITHUB_API_URL: github,
    DATABASE_URL: ledger.DATABASE_URL,
    TARGET_ORDERS_URL: orders.url,
    TARGET_ORDERS_STAGING_URL: orders.url,
    TARGET_ORDERS_DEV_URL: orders.url,
  };
  const settings = join(folder, 'worker.env');
  const lines = Object.entries(worker).map(
    ([name, value]) => `${name}="${value.trim().replaceAll('\n', '\\n')}"\n`,
  );
  await writeFile(settings, lines.join(''), { mode: 0o600 });
  const app = startProgram(['dist/bin/start.js'], {
    ...worker,
    WEBHOOK_SECRET,
    PORT: String(webPort),
    WORKER_PORT: '0',
    RELEASE_DATABASE_URL: ledger.RELEASE_DATABASE_URL,
    WEB_DATABASE_URL: ledger.WEB_DATABASE_URL,
    PDP_DATABASE_URL: ledger.PDP_DATABASE_URL,
    PDP_PORT: String(pdpPort),
    ENFORCER_ORDERS_API_TOKEN: ENFORCER_TOKEN,
  });
  closing.push(() => app.end('SIGTERM'));
  for (const name of ['web', 'worker', 'pdp']) {
    const line = app.line((l) => l.includes(`"name":"${name}"`) && l.includes('"ready"'), 60_000);
    await unlessEnded(line);
  }
  const pdp = `http://127.0.0.1:${String(pdpPort)}`;
  say(`Daypass web and worker ${webhookUrl}`);
  say(`Daypass pdp            ${pdp}`);
  const people = Object.fromEntries(
    Object.keys(PEOPLE).map((name) => [name, person(github, `tok_${name}`)]),
  ) as Record<Name, Person>;
  closing.push(async () => {
    for (const one of Object.values(people)) await one.close();
  });
  const pool = createPool({
    url: ledger.RELEASE_DATABASE_URL,
    application: 'demo',
    max: 1,
    onError: () => undefined,
  });
  closing.push(() => pool.end());
  return {
    ...{ github, pdp },
    people,
    orders,
    ledger: ledger.DATABASE_URL,
    settings,
    now: async () => new Date(await (await fetch(`${github}/_stand-in/clock`)).text()),
    advance: async (duration) => void (await put({ advance: duration })),
    audit: async (path) => {
      const book = createLedger(pool);
      const [grant] = await book.grants({ path });
      const entries = await book.entries({
        ...(grant?.pull_request && { pull_request: grant.pull_request }),
        limit: 1000,
      });
      const more = await book.entries({ grant: grant?.id ?? '', limit: 1000 });
      const all = new Map([...entries, ...more].map((entry) => [entry.seq, entry]));
      const verified = await verifyChain(pool);
      return {
        entries: [...all.values()].sort((a, b) => a.seq - b.seq),
        intact: verified.ok
          ? `the ledger is intact: ${String(verified.head.seq)} entries`
          : `the ledger is not intact: ${verified.why}`,
      };
    },
    astray: async () => {
      const asked = ['unknown', 'violations'].map(async (what) => {
        const answer = await fetch(`${github}/_stand-in/${what}`);
        return (await answer.json()) as unknown[];
      });
      return (await Promise.all(asked)).flat();
    },
    close,
  };
}
