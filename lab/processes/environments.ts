import { ACCESS_REPOSITORY, APP_ID, WEBHOOK_SECRET } from '../acme/acme.js';
import { ENFORCER_TOKEN } from '../acme/orders-api.js';

/** The URLs by which the processes reach the ledger. */
export type LedgerUrls = Readonly<
  Record<'DATABASE_URL' | 'WEB_DATABASE_URL' | 'PDP_DATABASE_URL', string>
>;

/** What each process of an installation gets from its operator; `common` all of them. */
export function environmentsOf(at: {
  readonly privateKey: string;
  readonly urls: LedgerUrls;
  /** Of web. */
  readonly port: number;
  readonly github: string;
  readonly clock: string;
  readonly orders: string;
  readonly home: string;
}) {
  const { urls, orders, github } = at;
  const common = { NODE_ENV: 'test', LOG_LEVEL: 'info', METRICS_TOKEN: 'a-token-for-metrics' };
  const clock = { DAYPASS_CLOCK: at.clock };
  return {
    common,
    web: {
      ...common,
      WEBHOOK_SECRET,
      WEB_DATABASE_URL: urls.WEB_DATABASE_URL,
      PORT: String(at.port),
      HOST: '127.0.0.1',
    },
    worker: {
      ...{ ...common, ...clock },
      APP_ID: String(APP_ID),
      PRIVATE_KEY: at.privateKey,
      ACCESS_REPOSITORY,
      GITHUB_API_URL: github,
      DATABASE_URL: urls.DATABASE_URL,
      WORKER_PORT: '0',
      DAYPASS_HOME: at.home,
      TARGET_ORDERS_URL: orders,
      TARGET_ORDERS_STAGING_URL: orders,
      TARGET_ORDERS_DEV_URL: orders,
    },
    pdp: {
      ...{ ...common, ...clock },
      PDP_DATABASE_URL: urls.PDP_DATABASE_URL,
      ACCESS_REPOSITORY,
      PDP_PORT: '0',
      ENFORCER_ORDERS_API_TOKEN: ENFORCER_TOKEN,
    },
  };
}
