import type { Logger } from 'pino';
import { storeDelivery } from '../adapters/postgres/work/deliveries.js';
import { createPool } from '../clients/postgres.js';
import { daypass } from '../http/app.js';
import type { Config } from '../config.js';
import { WEB_POOL } from './connections.js';
import { health } from '../http/health.js';
import { keepReadiness } from '../http/readiness.js';
import { countDeliveries, createRegistry } from '../http/metrics.js';
import { serve } from '../http/server.js';
import type { Running } from '../http/server.js';
import { WEBHOOK_PATH, webhooks } from '../http/webhooks.js';
import { version } from './version.js';

/** The process that faces the internet: verified webhooks become rows (invariant 25). */
export async function runWeb(config: Config<'web'>, log: Logger): Promise<Running> {
  const registry = createRegistry(version());
  const pool = createPool({
    url: config.WEB_DATABASE_URL,
    application: 'daypass web',
    max: WEB_POOL,
    statement_timeout_ms: 4000,
    onError: (err) => log.warn({ err }, 'a connection to the database broke'),
  });
  const deliveries = countDeliveries(
    { store: async (delivery) => void (await storeDelivery(pool, delivery)) },
    registry,
  );
  const readiness = keepReadiness(async () => {
    try {
      await pool.query('SELECT 1');
      return [];
    } catch {
      return ['the database does not answer: deliveries get 503'];
    }
  });
  const listening = await serve(
    {
      ...health(readiness.ready, registry, config.METRICS_TOKEN),
      [`POST ${WEBHOOK_PATH}`]: await webhooks(daypass(deliveries), config.WEBHOOK_SECRET, log),
    },
    { host: config.HOST, port: config.PORT },
    log,
  );
  return {
    port: listening.port,
    close: async () => {
      readiness.close();
      await listening.close();
      await pool.end();
    },
  };
}
