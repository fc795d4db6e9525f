import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ENFORCER_TOKEN } from '../../lab/acme/orders-api.js';
import { guardedLedger, type GivenAtUse, type GuardedLedger } from '../../lab/acme/guarded.js';
import { startProgram, type Program } from '../../lab/processes/process.js';
import { freePort } from '../../src/adapters/postgres/embedded/server.js';
import { OPA_VERSION } from '../../src/adapters/opa/assets.js';
import { spawn } from 'node:child_process';
import { readTree } from '../../src/adapters/opa/read-tree.js';
import { createPool, HeardClient } from '../../src/clients/postgres.js';
import { readOpaVersion } from '../../src/adapters/opa/version.js';
import { startDatabase } from '../database.js';
import { openLoad, type Load } from './load.js';

const POLICIES = new URL('../../policies/', import.meta.url).pathname;
const START_MS = 180_000;
const HOUR_MS = 3_600_000;

const SERVICE = `provider: guarded
type: service
owners: [payments]
roles: { operator: { actions: [logs, restart] } }
environments: { staging: {} }
`;
const POINTS = `points:
  orders-api:
    speaks: authzen
    guards: [{ resource: orders-api, environments: [staging] }]
    environment: staging
    subject: github_id
    credential: token
`;

/** A decision process, a bare handler and, if there is one, an OPA with the same rules. */
export interface Scene {
  readonly daypass: Program;
  /** A question about one of the people with a grant; `salt` makes it differ from every other. */
  question(person: number, salt: number | null): string;
  load(of: 'daypass' | 'floor' | 'opa', connections: number): Promise<Load>;
  /** What OPA is asked: the same with the grant that Daypass finds by itself. */
  forOpa(person: number, salt: number | null): string;
  readonly opa: boolean;
  /** What is written here, the decision process reads, whose role's URL is the other. */
  readonly ledger: GuardedLedger;
  readonly pdp: string;
  /** The memory that a program has now, MB. */
  memory(of: 'daypass' | 'opa'): Promise<number>;
  close(): Promise<void>;
}

/** A grant of the person who is asked about by this number, on the service that the scene guards. */
export function grantOf(person: number, window: GivenAtUse['window']): GivenAtUse {
  return {
    id: `access-grants/staging/p${String(person)}.yml@c0ffee`,
    subject: { id: person + 1, login: `p${String(person)}` },
    ...{ environment: 'staging', resource: 'orders-api', role: 'operator', window },
  };
}

/** `opa` is the path of OPA's program, or null; `all` gives it all grants as data as well. */
export async function setScene(people: number, opa: string | null, all = false): Promise<Scene> {
  const closing: (() => unknown)[] = [];
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), 'daypass-bench-'));
    closing.push(() => rm(folder, { recursive: true, force: true }));
    const database = await startDatabase();
    closing.push(() => database.stop());
    const { superuser, worker, pdp } = await database.fresh();
    const pool = createPool({ url: worker, application: 'bench', onError: () => undefined });
    closing.push(() => pool.end());
    const ledger = guardedLedger(pool, { home: folder, opa: null });
    const now = new Date();
    const files = {
      ...(await readTree(POLICIES)),
      ...{ 'catalog/orders-api.yaml': SERVICE, 'enforcement.yaml': POINTS },
    };
    const { data } = await ledger.inForce(files, now);
    const window = {
      starts_at: new Date(now.getTime() - HOUR_MS).toISOString(),
      ends_at: new Date(now.getTime() + HOUR_MS).toISOString(),
    };
    const grants = Array.from({ length: people }, (_, n) => grantOf(n, window));
    /** A grant as rules get it. */
    const factsOf = (person: number) => ({
      ...{ id: grants[person]?.id ?? '', path: `access-grants/staging/p${String(person)}.yml` },
      ...{ state: 'active', environment: 'staging', scope: null },
      ...{ resource: 'orders-api', role: 'operator', subject_id: person + 1 },
      ends_at: window.ends_at,
    });
    for (let from = 0; from < people; from += 1_000)
      await ledger.give(...grants.slice(from, from + 1_000));

    // What a server does by itself after a while, on which its plans rest.
    await analyze(superuser);
    const ports = { daypass: await freePort(), floor: await freePort(), opa: await freePort() };
    const started = async (args: readonly string[], env: Record<string, string>) => {
      const program = startProgram(args, env);
      closing.push(() => program.end('SIGTERM'));
      await program.line((line) => line.includes('ready'), START_MS);
      return program;
    };
    const daypass = await started(['dist/bin/decide.js'], {
      ...{ PDP_DATABASE_URL: pdp, PDP_PORT: String(ports.daypass) },
      ...{ ACCESS_REPOSITORY: 'acme/access', ENFORCER_ORDERS_API_TOKEN: ENFORCER_TOKEN },
    });
    await daypass.line((line) => line.includes('this policy is asked at use'), START_MS);
    await started(['bench/uses/floor-main.mjs'], { PORT: String(ports.floor) });
    const peer = opa !== null && (await readOpaVersion(opa)).version === OPA_VERSION ? opa : null;
    let opa_pid = 0;
    if (peer !== null) {
      const json = join(folder, 'data.json');
      const held = all && Object.fromEntries(grants.map(({ id }, n) => [id, factsOf(n)]));
      await writeFile(json, JSON.stringify({ ...data, ...(held && { grants: held }) }));
      const address = `127.0.0.1:${String(ports.opa)}`;
      const server = spawn(
        peer,
        [
          'run',
          '--server',
          '--addr',
          address,
          '--log-level',
          'error',
          json,
          join(POLICIES, 'access'),
        ],
        { stdio: 'ignore' },
      );
      closing.push(() => server.kill('SIGKILL'));
      opa_pid = server.pid ?? 0;
      await answering(`http://${address}/health`);
    }
    const asked = (person: number, salt: number | null) => ({
      subject: { type: 'user', id: String(person + 1) },
      action: { name: 'restart' },
      resource: { type: 'service', id: 'orders-api' },
      ...(salt !== null && { context: { salt } }),
    });
    return {
      daypass,
      opa: peer !== null,
      ...{ ledger, pdp },
      memory: async (of) => {
        const pid = of === 'opa' ? opa_pid : daypass.pid;
        const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
        return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
      },
      question: (person, salt) => JSON.stringify(asked(person, salt)),
      forOpa: (person, salt) => {
        const question = asked(person, salt);
        return JSON.stringify({
          input: {
            subject: { ...question.subject, properties: {} },
            resource: { ...question.resource, properties: { environment: 'staging' } },
            action: { ...question.action, properties: {} },
            context: question.context ?? {},
            grants: [factsOf(person)],
          },
        });
      },
      load: (of, connections) =>
        openLoad(
          {
            daypass: {
              url: `http://127.0.0.1:${String(ports.daypass)}/access/v1/evaluation`,
              headers: { authorization: `Bearer ${ENFORCER_TOKEN}` },
            },
            floor: { url: `http://127.0.0.1:${String(ports.floor)}/`, headers: {} },
            opa: { url: `http://127.0.0.1:${String(ports.opa)}/v1/data/access/use`, headers: {} },
          }[of],
          connections,
        ),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function analyze(url: string): Promise<void> {
  const client = new HeardClient({ connectionString: url });
  await client.connect();
  try {
    await client.query('ANALYZE');
  } finally {
    await client.end();
  }
}

async function answering(url: string): Promise<void> {
  for (let n = 0; n < 200; n += 1) {
    const ok = await fetch(url).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${url} does not answer`);
}
