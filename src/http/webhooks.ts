import type { IncomingMessage } from 'node:http';
import { Probot, ProbotOctokit, createNodeMiddleware } from 'probot';
import type { ApplicationFunction } from 'probot';
import type { Logger } from 'pino';
import { answer, refuse } from './answer.js';
import type { Handler } from './answer.js';
import { WEBHOOK_BUDGET_BYTES, WEBHOOK_LIMIT_BYTES, createBodies } from './body.js';

/** Where GitHub sends deliveries, as set in the App's settings; Probot's default. */
export const WEBHOOK_PATH = '/api/github/webhooks';

const EVENT = /^[a-z][a-z_]{0,63}$/;
const DELIVERY = /^[A-Za-z0-9-]{1,64}$/;
const BODY_WITHIN_MS = 20_000;

/** The answer to a body that was not received; 503 is what the sender may send again. */
const REFUSED = {
  'too large': [413, `the body must have at most ${String(WEBHOOK_LIMIT_BYTES)} bytes`],
  'too slow': [408, `the body must come whole, within ${String(BODY_WITHIN_MS / 1000)} s`],
  'no room': [503, 'too many bodies arrive at once: send it again'],
  'not signed': [400, 'X-Hub-Signature-256 is not the signature of this body'],
} as const;

/**
 * Probot's webhook middleware behind a guard. The guard reads the body within its limits and checks its signature,
 * because Probot reads any size before it looks at the signature (and then checks it again). It answers 400 to a body
 * that is not a JSON object and to headers that GitHub would not send, because Probot answers 500.
 */
export async function webhooks(
  app: ApplicationFunction,
  secret: string,
  log: Logger,
): Promise<Handler> {
  const probot = new Probot({ secret, githubToken: 'none', Octokit: ProbotOctokit, log });
  const middleware = await createNodeMiddleware(app, { probot, webhooksPath: WEBHOOK_PATH });
  const bodies = createBodies({
    secret,
    limit: WEBHOOK_LIMIT_BYTES,
    budget: WEBHOOK_BUDGET_BYTES,
    within_ms: BODY_WITHIN_MS,
  });
  return async (request, response) => {
    const event = request.headers['x-github-event'];
    const delivery = request.headers['x-github-delivery'];
    if (typeof event !== 'string' || !EVENT.test(event)) {
      refuse(response, 400, 'X-GitHub-Event is missing or not the name of an event');
      return;
    }
    if (typeof delivery !== 'string' || !DELIVERY.test(delivery)) {
      refuse(response, 400, 'X-GitHub-Delivery is missing or not the id of a delivery');
      return;
    }
    const signature = request.headers['x-hub-signature-256'];
    if (typeof signature !== 'string') {
      refuse(
        response,
        400,
        'X-Hub-Signature-256 is missing: set a webhook secret in the settings of the GitHub App',
      );
      return;
    }
    const body = await bodies.receive(request, signature);
    if ('refused' in body) {
      const [status, why] = REFUSED[body.refused];
      refuse(response, status, why);
      return;
    }
    try {
      if (!body.text.trimStart().startsWith('{')) {
        answer(response, 400, { error: 'the body is not a JSON object' });
        return;
      }
      (request as IncomingMessage & { body?: string }).body = body.text;
      await middleware(request, response);
    } finally {
      body.release();
    }
  };
}
