import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Clock } from './clock.js';
import type { App } from './state.js';

const share = z.union([z.boolean().transform(Number), z.number().min(0).max(1)]);

/** The body of `POST /_stand-in/deliveries/mode`; what is left out is off. */
export const modeSchema = z.strictObject({
  /** Do not send: all (true) or a share of them (0 to 1). */
  drop: share.default(0),
  /** Send twice with one delivery id: all or a share. */
  double: share.default(0),
  delay_ms: z.number().int().min(0).max(600_000).default(0),
  /** Collect the deliveries of a tenth of a second and send them in another order. */
  shuffle: z.boolean().default(false),
});

export type DeliveryMode = z.output<typeof modeSchema>;

export interface Delivery {
  /** The delivery id, `X-GitHub-Delivery`. */
  readonly id: string;
  readonly app_id: number;
  readonly at: string;
  readonly event: string;
  readonly action: string | null;
  readonly url: string | null;
  /** One for each time it was sent: the receiver's status, or null if there was none. */
  readonly attempts: { readonly at: string; readonly status: number | null }[];
  readonly payload: unknown;
}

export interface Deliveries {
  send(app: App, event: string, payload: Readonly<Record<string, unknown>>): void;
  list(): readonly Delivery[];
  /** Sends one again with its id, in any mode; false if there is none. */
  replay(id: string): Promise<boolean>;
  setMode(mode: DeliveryMode): void;
  mode(): DeliveryMode;
  /** Resolves when nothing is being sent. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

const SHUFFLE_MS = 100;
/** GitHub gives a receiver ten seconds. */
const TIMEOUT_MS = 10_000;

/** `random` returns numbers from 0 to 1 and decides what is dropped, doubled and shuffled. */
export function keepDeliveries(clock: Clock, random: () => number): Deliveries {
  const all: Delivery[] = [];
  const apps = new Map<string, App>();
  const pending = new Set<Promise<void>>();
  const closing = new AbortController();
  let mode: DeliveryMode = modeSchema.parse({});
  let hand: Delivery[] = [];

  async function post(delivery: Delivery): Promise<void> {
    const app = apps.get(delivery.id);
    if (!app || delivery.url === null) return;
    const body = JSON.stringify(delivery.payload);
    const sign = (hash: string) =>
      createHmac(hash, app.webhook_secret ?? '')
        .update(body)
        .digest('hex');
    const signatures: Record<string, string> =
      app.webhook_secret === null
        ? {}
        : {
            'x-hub-signature': `sha1=${sign('sha1')}`,
            'x-hub-signature-256': `sha256=${sign('sha256')}`,
          };
    const at = clock.now().toISOString();
    try {
      const answer = await fetch(delivery.url, {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json',
          accept: '*/*',
          'user-agent': 'GitHub-Hookshot/5717c49',
          'x-github-delivery': delivery.id,
          'x-github-event': delivery.event,
          'x-github-hook-id': String(app.app_id),
          'x-github-hook-installation-target-id': String(app.app_id),
          'x-github-hook-installation-target-type': 'integration',
          ...signatures,
        },
        signal: AbortSignal.any([closing.signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      await answer.arrayBuffer();
      delivery.attempts.push({ at, status: answer.status });
    } catch {
      delivery.attempts.push({ at, status: null });
    }
  }

  function track(work: Promise<void>): void {
    const one = work.finally(() => pending.delete(one));
    pending.add(one);
  }

  const later = async (ms: number, work: () => Promise<void>) => {
    // An aborted wait means that the stand-in is closing, so nothing is sent.
    const waited = await sleep(ms, true, { signal: closing.signal }).catch(() => false);
    if (waited) await work();
  };

  async function playHand(): Promise<void> {
    const cards = hand
      .map((delivery) => ({ delivery, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ delivery }) => delivery);
    // By chance the order may be the old one; then it is reversed.
    if (cards.length > 1 && cards.every((card, i) => card === hand[i])) cards.reverse();
    hand = [];
    for (const delivery of cards) await post(delivery);
  }

  function dispatch(delivery: Delivery): void {
    if (random() < mode.drop) return;
    const copies = random() < mode.double ? [delivery, delivery] : [delivery];
    for (const copy of copies) {
      if (!mode.shuffle) {
        track(mode.delay_ms > 0 ? later(mode.delay_ms, () => post(copy)) : post(copy));
        continue;
      }
      if (hand.length === 0) track(later(SHUFFLE_MS + mode.delay_ms, playHand));
      hand.push(copy);
    }
  }

  const settled = async () => {
    while (pending.size > 0) await Promise.all(pending);
  };

  return {
    send(app, event, payload) {
      const action = typeof payload['action'] === 'string' ? payload['action'] : null;
      const delivery: Delivery = {
        id: randomUUID(),
        app_id: app.app_id,
        at: clock.now().toISOString(),
        event,
        action,
        url: app.webhook_url,
        attempts: [],
        payload,
      };
      all.push(delivery);
      apps.set(delivery.id, app);
      if (app.webhook_url !== null) dispatch(delivery);
    },
    list: () => all,
    async replay(id) {
      const delivery = all.find((one) => one.id === id);
      if (!delivery) return false;
      await post(delivery);
      return true;
    },
    setMode: (next) => void (mode = next),
    mode: () => mode,
    settled,
    async close() {
      closing.abort();
      await settled();
    },
  };
}
