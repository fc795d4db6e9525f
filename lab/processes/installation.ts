import { chmod, mkdir } from 'node:fs/promises';
import type pg from 'pg';
import { startGitHub } from '../github/start.js';
import type { RunningGitHub } from '../github/start.js';
import { person } from '../github/people.js';
import type { Person } from '../github/people.js';
import type { SeedInput } from '../github/seed.js';
import type { PullRequestFull } from '../github/views/types.js';
import { freePort } from '../../src/adapters/postgres/embedded/server.js';
import { createPool } from '../../src/clients/postgres.js';
import { CHANNEL } from '../../src/adapters/postgres/work/schedule.js';
import { ACCESS_REPOSITORY, PEOPLE, WEBHOOK_SECRET, acme, appKey } from '../acme/acme.js';
import type { Name } from '../acme/acme.js';
import { ENFORCER_TOKEN } from '../acme/orders-api.js';
import { prepareOrders } from '../acme/orders.js';
import type { Orders } from '../acme/orders.js';
import { databaseOn, freshDatabase } from '../servers/postgres.js';
import { runCommand, type CommandRun } from './command.js';
import { startProgram } from './process.js';
import { remakeDecisions } from './remake.js';
import { until } from '../until.js';
import { borrowServer } from '../servers/borrow.js';
import type { Program } from './process.js';
import { environmentsOf, type LedgerUrls } from './environments.js';

/** Moments on a quiet machine; this is for one that many share. */
const PATIENCE_MS = 150_000;

/** Where workers keep their mirrors, below this checkout. */
const HOMES = '.daypass/tests';

export interface Check {
  readonly id: number;
  readonly conclusion: string | null;
  readonly title: string;
  readonly summary: string;
}

/** acme with Daypass installed: a GitHub, a ledger, a target, and the processes that an operator runs. */
export interface Installation {
  readonly github: RunningGitHub;
  readonly people: Readonly<Record<Name, Person>>;
  readonly orders: Orders;
  /** The ledger, with its owner's rights. */
  readonly ledger: pg.Pool;
  readonly web_url: string;
  /** The URLs by which worker, web and the decision process reach the ledger. */
  readonly urls: LedgerUrls;
  /** The secrets, which must never be written anywhere (invariant 24). */
  readonly secrets: readonly string[];
  /** Starts (or restarts) one of the processes; `env` is added to its own. */
  start(name: 'web' | 'worker' | 'pdp', env?: Readonly<Record<string, string>>): Promise<Program>;
  /** Runs the command line in the worker's environment, without a terminal, to its end. */
  daypass(...args: readonly string[]): Promise<CommandRun>;
  /** The same on a person's machine, with their own token and nothing of the worker's. */
  daypassOf(who: Name, ...args: readonly string[]): Promise<CommandRun>;
  /** Moves the clock of GitHub and of Daypass. */
  advance(duration: string): Promise<void>;
  /** The newest check run `daypass` of a commit, once `wanted` accepts it. */
  check(sha: string, wanted: (check: Check) => boolean, within_ms?: number): Promise<Check>;
  /** Opens a pull request of one person that adds, changes or removes files. */
  ask(
    who: Name,
    branch: string,
    files: Readonly<Record<string, string | null>>,
  ): Promise<PullRequestFull>;
  /** The state of the newest grant of a path, once it is one of `states`. */
  grant(path: string, ...states: string[]): Promise<Record<string, unknown>>;
  /**
   * Ends everything. Throws if GitHub got calls that it does not know, or its answers did not match its own
   * descriptions, or if a decision cannot be made again from its entry (invariant 23).
   */
  close(): Promise<void>;
}

/** `ledger` is an empty database, with its owner's URL; without it one is made on the test file's server. */
export interface InstallOptions {
  readonly files?: Readonly<Record<string, string>>;
  readonly now?: string;
  readonly ledger?: string;
  /** What acme has in addition. */
  readonly seed?: (seed: SeedInput) => SeedInput;
}

export async function install(options: InstallOptions = {}): Promise<Installation> {
  const privateKey = appKey();
  const port = await freePort();
  const web_url = `http://127.0.0.1:${String(port)}`;
  const { files = {}, seed = (plain: SeedInput) => plain } = options;
  const github = await startGitHub(
    seed(acme({ privateKey, webhookUrl: `${web_url}/api/github/webhooks`, files })),
  );
  const put = (body: object) =>
    fetch(`${github.url}/_stand-in/clock`, { method: 'PUT', body: JSON.stringify(body) });
  if (options.now) await put({ now: options.now });
  const target = await borrowServer();
  const orders = await prepareOrders(await databaseOn(target.superuserUrl), Object.keys(PEOPLE));
  const ownerUrl = options.ledger ?? (await freshDatabase());
  const ledger = createPool({
    url: ownerUrl,
    application: 'test',
    max: 2,
    onError: () => undefined,
  });
  const suffix = new URL(ownerUrl).pathname.slice(1, 20);
  // Where the tests run as root, git has an account of its own, which must be able to get to its folder.
  await mkdir(HOMES, { recursive: true });
  await chmod(HOMES, 0o755);
  const login = (role: string) => {
    const url = new URL(ownerUrl);
    url.username = `${role}_${suffix}`;
    url.password = `password-of-${role}`;
    return url.href;
  };
  const urls = {
    DATABASE_URL: login('worker'),
    WEB_DATABASE_URL: login('web'),
    PDP_DATABASE_URL: login('pdp'),
  };
  const environments = environmentsOf({
    ...{ privateKey, urls, port },
    ...{
      github: github.url,
      clock: github.clock_url,
      orders: orders.url,
      home: `${HOMES}/${suffix}`,
    },
  });
  const programs = new Set<Program>();
  const release = startProgram(['dist/bin/release.js'], {
    ...environments.common,
    ...urls,
    RELEASE_DATABASE_URL: ownerUrl,
  });
  if ((await release.exited) !== 0) throw new Error(`release failed:\n${release.lines.join('\n')}`);

  const people = Object.fromEntries(
    Object.keys(PEOPLE).map((name) => [name, person(github.url, `tok_${name}`)]),
  ) as Record<Name, Person>;

  // Read directly from the stand-in, because polling over HTTP would cost more than what is waited for.
  const newestCheck = (sha: string): Check | null => {
    const [newest] = [...github.state.check_runs.values()]
      .filter(({ name, head_sha }) => name === 'daypass' && head_sha === sha)
      .sort((a, b) => b.id - a.id);
    if (!newest) return null;
    const { id, conclusion, output } = newest;
    return { id, conclusion, title: output.title ?? '', summary: output.summary ?? '' };
  };

  return {
    github,
    people,
    orders,
    ledger,
    web_url,
    urls,
    secrets: [
      ...[WEBHOOK_SECRET, ENFORCER_TOKEN],
      ...privateKey.split('\n').filter((line) => line !== '' && !line.startsWith('-----')),
      ...[ownerUrl, orders.url, ...Object.values(urls)].map((url) => new URL(url).password),
    ],
    start: async (name, env = {}) => {
      const program = startProgram([`dist/bin/${name}.js`], { ...environments[name], ...env });
      programs.add(program);
      await program.line((line) => line.includes('"ready"'), PATIENCE_MS);
      return program;
    },
    daypass: (...args) => runCommand(environments.worker, args),
    daypassOf: (who, ...args) => {
      const { NODE_ENV, GITHUB_API_URL, DAYPASS_CLOCK, DAYPASS_HOME } = environments.worker;
      const own = { NODE_ENV, GITHUB_API_URL, DAYPASS_CLOCK, ACCESS_REPOSITORY };
      const home = { DAYPASS_HOME: `${DAYPASS_HOME}-${who}`, GH_TOKEN: people[who].token };
      return runCommand({ ...own, ...home }, args);
    },
    advance: async (duration) => {
      await put({ advance: duration });
      // No timer of a worker notices that time was moved; if the ledger is down, the worker looks by itself once it is back.
      await ledger.query('SELECT pg_notify($1, $2)', [CHANNEL, '']).catch(() => undefined);
    },
    check: (sha, wanted, within_ms = PATIENCE_MS) =>
      until(
        `check of ${sha}`,
        () => {
          const found = newestCheck(sha);
          if (found && wanted(found)) return Promise.resolve(found);
          const seen = found ? `${String(found.conclusion)}: ${found.title}` : 'none yet';
          return Promise.reject(new Error(seen + said(programs)));
        },
        within_ms,
      ),
    ask: async (who, branch, files) => {
      await people[who].push(ACCESS_REPOSITORY, { branch, files });
      return people[who].openPullRequest(ACCESS_REPOSITORY, { title: branch, head: branch });
    },
    grant: (path, ...states) =>
      until(
        `grant ${path} ${states.join(' or ')}`,
        async () => {
          const { rows } = await ledger.query<{ record: string }>(
            'SELECT record FROM daypass.grants WHERE path = $1 ORDER BY id DESC',
            [path],
          );
          const records = rows.map((row) => JSON.parse(row.record) as Record<string, unknown>);
          const found = records.find((record) => states.includes(String(record.state)));
          if (found) return found;
          throw new Error(
            `${records.map((r) => String(r.state)).join(', ') || 'no such grant'}${said(programs)}`,
          );
        },
        PATIENCE_MS,
      ),
    close: async () => {
      await github.github.deliveries.settled();
      for (const program of programs) await program.end('SIGTERM');
      for (const one of Object.values(people)) await one.close();
      const remade = await remakeDecisions(ledger).catch((error: unknown) => error);
      await ledger.end();
      await orders.close();
      await target.stop();
      await github.close();
      if (remade instanceof Error) throw remade;
    },
  };
}

/** The last lines of the processes, to find out why a test failed. */
function said(programs: ReadonlySet<Program>): string {
  return [...programs].map((one) => `\n${one.lines.slice(-12).join('\n')}`).join('\n');
}
