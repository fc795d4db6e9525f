import { databaseOn } from '../../lab/servers/postgres.js';
import { freePort } from '../../src/adapters/postgres/embedded/server.js';
import type { CheckRun } from '../../lab/github/state.js';
import { ACCESS_REPOSITORY, APP_ID, WEBHOOK_SECRET, appKey } from '../../lab/acme/acme.js';
import { grantFile } from '../../lab/acme/grant-file.js';
import { install, type Installation } from '../../lab/processes/installation.js';
import { startProgram } from '../../lab/processes/process.js';
import { until } from '../../lab/until.js';
import { throwawayCluster } from '../../lab/servers/throwaway.js';
import { modeSchema } from '../../lab/github/deliveries.js';
import { DURABLE } from '../database.js';
import { holds } from '../benchmark.js';

const FLOOR_ID = 4343;

/** What happens to a pull request: it is opened, or somebody approves it. */
export type Happening = 'opened' | 'reviewed';

/** The organisation acme with two Apps installed, Daypass and the floor, each in processes of its own. */
export interface Scene {
  /** Time from the webhook to the check that Daypass writes, ms. */
  daypass(what: Happening): Promise<number>;
  /** The same for the bare handler. */
  floor(what: Happening): Promise<number>;
  /** The calls that Daypass made to GitHub for the last happening, in order. */
  calls(): readonly string[];
  close(): Promise<void>;
}

/** `delay_ms` is how long GitHub takes to begin each answer, including git's. */
export async function setScene(delay_ms: number): Promise<Scene> {
  const closing: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    const server = await throwawayCluster({ settings: DURABLE });
    closing.push(() => server.stop());
    const floor = { port: await freePort(), key: appKey() };
    const acme = await install({
      ledger: await databaseOn(server.superuserUrl),
      seed: (seed) => ({
        ...seed,
        apps: [
          ...(seed.apps ?? []),
          {
            app_id: FLOOR_ID,
            slug: 'floor',
            private_key: floor.key,
            permissions: { checks: 'write', metadata: 'read', pull_requests: 'read' },
            events: ['pull_request', 'pull_request_review'],
            webhook_url: `http://127.0.0.1:${floor.port}/api/github/webhooks`,
            webhook_secret: WEBHOOK_SECRET,
            installations: [{ id: 78, account: 'acme', repositories: ['access'] }],
          },
        ],
      }),
    });
    closing.push(() => acme.close());
    const bare = startProgram(['--import', 'tsx', 'bench/check/floor-main.ts'], {
      APP_ID: String(FLOOR_ID),
      PRIVATE_KEY: floor.key,
      WEBHOOK_SECRET,
      GITHUB_API_URL: acme.github.url,
      PORT: String(floor.port),
    });
    closing.push(() => bare.end('SIGTERM'));
    await bare.line((line) => line.includes('"ready"'));
    await acme.start('web');
    await acme.start('worker');
    await until('first start', async () => {
      const { rowCount } = await acme.ledger.query('SELECT FROM daypass.entries');
      return (rowCount ?? 0) > 0;
    });
    return { ...timed(acme, delay_ms), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function timed(acme: Installation, delay_ms: number): Omit<Scene, 'close'> {
  const { github } = acme.github;
  const { state, deliveries, faults } = github;
  let serial = 0;
  let asked: readonly string[] = [];

  /** The newest delivery of an event to an App; it was dropped, so that App has not received it. */
  function told(app_id: number, event: string) {
    const delivery = deliveries
      .list()
      .findLast((one) => one.app_id === app_id && one.event === event);
    if (!delivery) throw new Error(`no delivery of ${event} for App ${app_id}`);
    return delivery;
  }

  async function time(
    app_id: number,
    what: Happening,
    right: Readonly<Record<Happening, (run: CheckRun) => boolean>>,
  ): Promise<number> {
    deliveries.setMode(modeSchema.parse({ drop: true }));
    const branch = `topic-${(serial += 1)}`;
    const path = `access-grants/production/${branch}.yml`;
    const pull = await acme.ask('alice', branch, { [path]: grantFile() });
    const runs = () =>
      [...state.check_runs.values()].filter(
        (run) => run.app_id === app_id && run.head_sha === pull.head.sha,
      );
    let delivery = told(app_id, 'pull_request');
    if (what === 'reviewed') {
      await deliveries.replay(delivery.id);
      await seenSoon(() => runs()[0], pull.number);
      await acme.people.bob.review(ACCESS_REPOSITORY, pull.number, 'APPROVE');
      delivery = told(app_id, 'pull_request_review');
    }
    const before = runs().length;
    holds(
      before === (what === 'opened' ? 0 : 1),
      `pull request ${pull.number} has ${before} checks before the webhook`,
    );
    github.calls.clear();
    faults.add({ match: {}, do: { delay_ms }, times: Number.MAX_SAFE_INTEGER });
    const started = performance.now();
    const sent = deliveries.replay(delivery.id);
    const run = await seenSoon(() => runs()[before], pull.number);
    const took = performance.now() - started;
    await sent;
    faults.clear();
    holds(
      right[what](run),
      `the check of pull request ${pull.number} says "${run.output.title ?? ''}"`,
    );
    const [attempt] = delivery.attempts;
    holds(attempt?.status === 202 || attempt?.status === 200, 'the webhook was not accepted');
    const pulls = `/repos/${ACCESS_REPOSITORY}/pulls/${pull.number}`;
    await acme.people.alice.must('PATCH', pulls, { state: 'closed' });
    if (app_id === APP_ID) {
      const calls = github.calls.list().filter((call) => call.app_id === app_id);
      asked = calls.map(({ method, route }) => `${method} ${route}`);
    }
    return took;
  }

  const says =
    (title: string) =>
    ({ name, output }: CheckRun) =>
      name === 'daypass' && output.title?.startsWith(title) === true;
  const bare = ({ name, conclusion }: CheckRun) => name === 'floor' && conclusion === 'success';
  return {
    daypass: (what) =>
      time(APP_ID, what, {
        opened: says('Not yet: 0 of 2'),
        reviewed: says('Not yet: 1 of 2'),
      }),
    floor: (what) => time(FLOOR_ID, what, { opened: bare, reviewed: bare }),
    calls: () => asked,
  };
}

/** Waits for a check run by polling; the stand-in is in this process, so polling costs almost nothing. */
async function seenSoon(look: () => CheckRun | undefined, number: number): Promise<CheckRun> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const run = look();
    if (run) return run;
    if (performance.now() > deadline)
      throw new Error(`no check on pull request ${number} within 60 s`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
