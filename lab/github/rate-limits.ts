import type { Identity, State } from './state.js';

/** Calls an hour, for people and installations alike. */
const LIMIT = 5000;
const HOUR_MS = 3_600_000;

export type Resource = 'core' | 'graphql';

export interface Rate {
  readonly limit: number;
  readonly used: number;
  readonly remaining: number;
  /** Seconds since 1970. */
  readonly reset: number;
}

export interface RateLimits {
  /** Counts one call and returns what is left; `remaining` is below zero if it is one too many. */
  count(identity: Identity, resource: Resource): Rate;
  read(identity: Identity, resource: Resource): Rate;
}

const who = ({ installation, app, actor }: Identity) =>
  installation
    ? `installation ${installation.id}`
    : app
      ? `app ${app.app_id}`
      : `user ${actor?.id}`;

/** Hours by the stand-in's clock. */
export function keepRateLimits(state: State): RateLimits {
  const windows = new Map<string, { start: number; used: number }>();
  function window(identity: Identity, resource: Resource) {
    const key = `${resource} ${who(identity)}`;
    const now = state.clock.now().getTime();
    const open = windows.get(key);
    if (open && now >= open.start && now < open.start + HOUR_MS) return open;
    const fresh = { start: now, used: 0 };
    windows.set(key, fresh);
    return fresh;
  }
  const rate = ({ start, used }: { start: number; used: number }): Rate => ({
    limit: LIMIT,
    used,
    remaining: LIMIT - used,
    reset: Math.ceil((start + HOUR_MS) / 1000),
  });
  return {
    count(identity, resource) {
      const open = window(identity, resource);
      open.used += 1;
      return rate(open);
    },
    read: (identity, resource) => rate(window(identity, resource)),
  };
}

/** The headers that GitHub puts on every answer. */
export const rateHeaders = (rate: Rate, resource: Resource): Record<string, string> => ({
  'x-ratelimit-limit': String(rate.limit),
  'x-ratelimit-remaining': String(Math.max(rate.remaining, 0)),
  'x-ratelimit-used': String(rate.used),
  'x-ratelimit-reset': String(rate.reset),
  'x-ratelimit-resource': resource,
});
