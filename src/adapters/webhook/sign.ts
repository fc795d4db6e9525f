import { createHmac } from 'node:crypto';

/** The headers that let a receiver check who sent a body and whether it came before. */
export interface Signed {
  readonly 'webhook-id': string;
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature': string;
}

/**
 * Signs a body according to Standard Webhooks 1.0.0: HMAC-SHA256 over `id.timestamp.body`, one `v1` signature for each
 * secret (`whsec_` and base64 of the key), so that a secret can be changed without a gap. `at` is the moment of this
 * call, not of the event.
 */
export function sign(id: string, at: Date, body: string, secrets: readonly string[]): Signed {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}
