import {
  afterAnswer,
  reserveWait,
  type CallPurpose,
  type HourlyLimit,
} from '../../core/work/budget.js';
import { hourlyLimit } from '../../core/work/rate-limit.js';

type Headers = Readonly<Record<string, unknown>>;

/** Why a call is not sent now, and how long to wait, ms. */
export interface NotNow {
  readonly why: 'limited' | 'reserved';
  readonly wait_ms: number;
}

/** The limits of everything that asks as one installation: an hour's for each resource, and waits that GitHub asked for. */
export interface Quota {
  /** Null if a call may be sent now; it then counts. */
  spend(purpose: CallPurpose, resource: string): NotNow | null;
  /** Keeps what an answer says of the limit that it counted against. */
  told(headers: Headers): void;
  /** GitHub asks to wait: before any call, or only before those that count against one resource. */
  limited(wait_ms: number, resource: string | null): void;
}

/** Until when GitHub wants no call at all, whoever asks as one App or one of its installations. */
export interface SharedWait {
  until: number;
}

/** Times are by the machine's steady clock. A secondary limit is one for everybody who shares `all`. */
export function createQuota(all: SharedWait): Quota {
  const hours = new Map<string, HourlyLimit>();
  const until = new Map<string, number>();
  return {
    spend(purpose, resource) {
      const now = performance.now();
      const asked = Math.max(all.until, until.get(resource) ?? 0) - now;
      if (asked > 0) return { why: 'limited', wait_ms: asked };
      const left = hours.get(resource) ?? null;
      const wait_ms = reserveWait(purpose, left, now);
      if (wait_ms > 0) return { why: 'reserved', wait_ms };
      if (left) hours.set(resource, { ...left, remaining: left.remaining - 1 });
      return null;
    },
    told(headers) {
      const said = hourlyLimit(headers);
      if (said === null) return;
      const { resource, limit, remaining, resets_in_ms } = said;
      const told = { limit, remaining, resets_at: performance.now() + resets_in_ms };
      hours.set(resource, afterAnswer(hours.get(resource) ?? null, told));
    },
    limited(wait_ms, resource) {
      const then = performance.now() + wait_ms;
      if (resource === null) all.until = Math.max(all.until, then);
      else until.set(resource, Math.max(until.get(resource) ?? 0, then));
    },
  };
}
