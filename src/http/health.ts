import { answer } from './answer.js';
import type { Routes } from './answer.js';
import type { Scraped } from './readings.js';
import { sameSecret } from './same-secret.js';

/** What is not ready, in words; empty if everything is. */
export type Readiness = () => Promise<readonly string[]>;

/** The routes `/healthz`, `/readyz` and `/metrics`, the same in each process. */
export function health(
  ready: Readiness,
  metrics: Scraped,
  metricsToken: string | undefined,
): Routes {
  return {
    'GET /healthz': (_request, response) => {
      answer(response, 200, { status: 'alive' });
    },
    'GET /readyz': async (_request, response) => {
      const missing = await ready();
      answer(response, missing.length === 0 ? 200 : 503, { ready: missing.length === 0, missing });
    },
    'GET /metrics': async (request, response) => {
      if (!metricsToken) {
        answer(response, 403, {
          error: 'metrics are closed: set METRICS_TOKEN for this process to open them',
        });
        return;
      }
      if (!sameSecret(request.headers.authorization ?? '', `Bearer ${metricsToken}`)) {
        response.setHeader('www-authenticate', 'Bearer');
        answer(response, 401, { error: 'send the header Authorization: Bearer <METRICS_TOKEN>' });
        return;
      }
      const text = await metrics.metrics();
      response.writeHead(200, { 'content-type': metrics.contentType });
      response.end(text);
    },
  };
}
