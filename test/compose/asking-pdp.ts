import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import type pg from 'pg';
import { pino } from 'pino';
import { guardedLedger, type GuardedLedger } from '../../lab/acme/guarded.js';
import { starterTree } from '../../lab/acme/policy.js';
import { runPdp } from '../../src/compose/pdp.js';
import { readConfig } from '../../src/config.js';
import { until } from '../../lab/until.js';
import { ledgerDatabase, poolOf, sessionOf, type Urls } from '../adapters/postgres/released.js';

export const TOKEN = 'the-token-of-the-enforcement-point-for-tests';

/** Who is known to enforcement points. */
const PEOPLE = `people:
  alice: { github_id: 101 }
  bob: { github_id: 102 }
`;

/** A service of orders: who may read, who may write, and its calls. */
const ORDERS_API = `provider: guarded
type: service
owners: [payments]
roles:
  reader:
    actions: [get]
    routes: { get: ['GET /v1/orders/**'] }
  operator:
    actions: [restart, logs, run]
    commands:
      run: [[systemctl, restart, 'orders-*']]
  admin: { actions: ['*'], risk: high }
environments: { production: {}, staging: {} }
`;

/** The enforcement point \`orders-api\` asks about the service by names of identities.yaml. */
const ENFORCEMENT = `points:
  orders-api:
    speaks: authzen
    guards: [{ resource: orders-api, environments: [production] }]
    subject: person
    credential: token
`;

/** The starter with these data files. */
export const policyOf = (files: Readonly<Record<string, string>> = {}) => ({
  ...starterTree.files,
  'identities.yaml': PEOPLE,
  'catalog/orders-api.yaml': ORDERS_API,
  'enforcement.yaml': ENFORCEMENT,
  ...files,
});

export interface Asking {
  readonly urls: Urls;
  readonly ledger: GuardedLedger;
  readonly owner: pg.Client;
  /** Starts a decision process in this one. */
  start(env?: Readonly<Record<string, string>>): Promise<Pdp>;
}

export interface Pdp {
  readonly url: string;
  /** Asks AuthZEN's single endpoint; `headers` beside those of the enforcement point. */
  ask(
    body: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<{ readonly status: number; readonly headers: Headers; readonly body: unknown }>;
  /** Asks until the reason is this one: what was written is read within a moment. */
  until(
    body: unknown,
    reason: string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Context>;
  close(): Promise<void>;
}

export interface Context {
  readonly decision: boolean;
  readonly context: Readonly<Record<string, unknown>>;
}

/** One question as the enforcement point asks it. */
export const question = (
  subject: string,
  action: string | Readonly<Record<string, unknown>>,
  resource: Readonly<Record<string, unknown>> = {},
) => ({
  subject: { type: 'user', id: subject },
  action: typeof action === 'string' ? { name: action } : action,
  resource: {
    ...{ type: 'service', id: 'orders-api' },
    properties: { environment: 'production' },
    ...resource,
  },
});

const home = mkdtempSync(join(tmpdir(), 'daypass-at-use-'));
const running = new Set<Pdp>();
afterAll(async () => {
  for (const one of running) await one.close();
  rmSync(home, { recursive: true });
});

/** Without `opa` only rules of the starter load. */
export async function asking(opa: string | null = null): Promise<Asking> {
  const urls = await ledgerDatabase();
  const start: Asking['start'] = async (env = {}) => {
    const config = readConfig('pdp', {
      ...{ PDP_DATABASE_URL: urls.pdp, ACCESS_REPOSITORY: 'acme/access', PDP_PORT: '0' },
      ENFORCER_ORDERS_API_TOKEN: TOKEN,
      ...env,
    });
    const running_pdp = await runPdp(config, pino({ level: process.env.PDP_LOG ?? 'silent' }));
    const url = `http://127.0.0.1:${String(running_pdp.port)}`;
    const ask: Pdp['ask'] = async (body, headers = {}) => {
      const answer = await fetch(`${url}/access/v1/evaluation`, {
        method: 'POST',
        headers: {
          ...{ authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
          ...headers,
        },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      return { status: answer.status, headers: answer.headers, body: await answer.json() };
    };
    const pdp: Pdp = {
      url,
      ask,
      until: (body, reason, headers) =>
        until(`${reason} is the reason`, async () => {
          const answer = (await ask(body, headers)).body as Context;
          if (answer.context.reason !== reason) throw new Error(JSON.stringify(answer));
          return answer;
        }),
      close: async () => {
        if (running.delete(pdp)) await running_pdp.close();
      },
    };
    running.add(pdp);
    return pdp;
  };
  const ledger = guardedLedger(poolOf(urls.worker), { home, opa });
  return { urls, ledger, owner: await sessionOf(urls.owner), start };
}
