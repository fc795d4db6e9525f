import { fold } from '../../src/core/ledger/fold.js';
import { chain, GENESIS } from '../../src/core/ledger/chain.js';
import type { Bodies, Entry, EntryKind, NewEntry } from '../../src/core/ledger/events.js';
import type { GrantRecord, Holding, Who } from '../../src/core/grant/record.js';
import type { Entitled } from '../../src/core/grant/effect.js';
import type { DeclaredWindow, Window } from '../../src/core/grant/window.js';

/** The day of the stories: every time is a minute of it, counted from 17:00 UTC. */
const start = Date.parse('2026-11-24T17:00:00Z');
export const minute = (n: number): string => new Date(start + n * 60_000).toISOString();

export const PATH = 'access-grants/production/alice-orders.yml';
export const GRANT = `${PATH}@c0ffee`;
export const alice: Who = { id: 101, login: 'alice' };
export const bob: Who = { id: 102, login: 'bob' };

export const hours = (n: number): DeclaredWindow => ({
  starts_at: null,
  duration_seconds: n * 3600,
  expires_at: null,
});

export const entitled: Entitled = {
  slot: { provider: 'postgres', target: 'orders', object: 'orders_reader', identity: 'alice_s' },
  level: 'member',
  entitlement: { member_of: 'orders_reader' },
  risk: 'normal',
  native_expiry: 'none',
  enforces_scope: false,
  ends_sessions: true,
  keep_sessions: false,
};

export const landing = {
  declared: {
    path: PATH,
    environment: 'production',
    subject: 'alice',
    resource: 'orders-db',
    role: 'read-only',
    window: hours(4),
    reason: 'Slow order queries',
    ticket: 'INC-4821',
    scope: null,
    break_glass: false,
  },
  subject: alice,
  requester: alice,
  entitled,
  digest: 'd1',
  commit: 'c0ffee',
  parent: 'decaf',
  window: hours(4),
  activate_within_seconds: 3600,
  ending_soon_seconds: 900,
};

export const window = (from: number, to: number): Window => ({
  starts_at: minute(from),
  ends_at: minute(to),
});

export type Told = readonly [at: number, kind: EntryKind, body: Bodies[EntryKind]];

/** A body that fits each kind of grant entry; a story changes the part that it is about. */
export const told = {
  approved: (at = 0, change: Partial<Bodies['grant.approved']> = {}): Told => [
    at,
    'grant.approved',
    { ...landing, ...change },
  ],
  quarantined: (at = 0, change: Partial<Bodies['grant.quarantined']> = {}): Told => [
    at,
    'grant.quarantined',
    { ...landing, why: ['not approved'], ...change },
  ],
  activating: (at = 1, frozen = window(at, at + 240), baseline: Holding[] = []): Told => [
    at,
    'grant.activating',
    { window: frozen, fingerprint: 'pg:1/orders', entitled, baseline },
  ],
  activated: (at = 1): Told => [at, 'grant.activated', { observed: [], late_ms: 40 }],
  failed: (at: number, ending: boolean, retry: number): Told => [
    at,
    'grant.attempt_failed',
    { ending, error: 'connection refused', lasting: false, retry_at: minute(retry) },
  ],
  extended: (
    at: number,
    n: number,
    frozen: Window | null,
    more: Partial<Bodies['grant.extended']> = {},
  ): Told => [at, 'grant.extended', { window: hours(n), digest: 'd2', frozen, ...more }],
  narrowed: (at: number, n: number, frozen: Window | null): Told => [
    at,
    'grant.narrowed',
    { window: hours(n), scope: { actions: ['select'] }, digest: 'd3', frozen },
  ],
  reworded: (at: number, reason: string, ticket: string | null = 'INC-4821'): Told => [
    at,
    'grant.reworded',
    { reason, ticket, who: alice, digest: 'd4' },
  ],
  ending: (at: number, who: Who = bob): Told => [at, 'grant.ending', { why: 'file removed', who }],
  held: (at: number, body: Bodies['grant.end_held'] = { why: 'left', reasons: [] }): Told => [
    at,
    'grant.end_held',
    body,
  ],
  released: (at: number): Told => [at, 'grant.end_released', { why: 'is back' }],
  soon: (at: number, end: number): Told => [at, 'grant.ending_soon', { ends_at: minute(end) }],
  overdue: (at: number, more: Partial<Bodies['grant.overdue']> = {}): Told => [
    at,
    'grant.overdue',
    { due_at: minute(at), ...more },
  ],
  drift: (at: number, ...drift: string[]): Told => [
    at,
    'drift.seen',
    { slot: 'orders_reader', drift, observed: [] },
  ],
  expired: (at: number): Told => [at, 'grant.expired', { observed: [], late_ms: 40 }],
  revoked: (at: number): Told => [
    at,
    'grant.revoked',
    { observed: [], late_ms: 0, why: 'seen gone', who: null },
  ],
  takenAway: (at: number, more: Partial<Bodies['grant.taken_away']> = {}): Told => [
    at,
    'grant.taken_away',
    {
      ...{ seen_at: minute(at), due_at: minute(at), late_ms: 20_000, by: '1-w', observed: [] },
      ...more,
    },
  ],
  withdrawn: (at: number): Told => [at, 'grant.withdrawn', { why: 'file removed', who: bob }],
  lapsed: (at: number): Told => [at, 'grant.lapsed', { why: 'not activated in time' }],
  refused: (at: number): Told => [at, 'grant.refused', { why: ['the policy said no'] }],
};

/** Chained entries of one grant, each at its own minute. */
export function entries(...story: readonly Told[]): Entry[] {
  const written: Entry[] = [];
  for (const [at, kind, body] of story) {
    const entry = { kind, grant: GRANT, pull_request: 7, body } as NewEntry;
    written.push(...chain(written.at(-1) ?? GENESIS, new Date(minute(at)), [entry]));
  }
  return written;
}

/** The record that a story folds to. */
export function record(...story: readonly Told[]): GrantRecord {
  const folded = entries(...story).reduce<GrantRecord | null>(fold, null);
  if (folded === null) throw new Error('A story begins with a landing');
  return folded;
}
