import type { Entitled } from '../../src/core/grant/effect.js';
import type { NewEntry } from '../../src/core/ledger/events.js';
import type { Ledger, PolicyTree } from '../../src/ports.js';

/** The tip of the default branch: nothing lands while endings are measured. */
export const STEP = 'step-0';
export const SOURCE = {
  installation_id: 77,
  owner_id: 7001,
  repository_id: 9001,
  default_branch: 'main',
};

/** When each grant ends, by its number. */
export type Ends = readonly Date[];

/** Ends spread evenly over `over_ms` from `first` on, or all in one instant (0 ms). */
export function endsFrom(first: Date, count: number, over_ms: number): Ends {
  return Array.from({ length: count }, (_, n) => {
    return new Date(first.getTime() + Math.floor((n * over_ms) / count));
  });
}

export const identityOf = (n: number): string => `person_${n}`;

const PART = 100;

/** Writes a started ledger with one active grant for each end, each on a slot of its own. */
export async function writeGrants(ledger: Ledger, tree: PolicyTree, ends: Ends): Promise<void> {
  const now = new Date();
  const policy = { tree: tree.id, data: 'd', wasm: 'w', compiler: 'c' };
  const started = { source: SOURCE, step: STEP, policy };
  await ledger.append(
    now,
    [{ kind: 'ledger.started', grant: null, pull_request: null, body: started }],
    { archive: tree },
  );
  for (let from = 0; from < ends.length; from += PART) {
    const part = ends.slice(from, from + PART);
    await ledger.append(
      now,
      part.flatMap((end, i) => story(from + i, now, end)),
    );
  }
}

/** The entries of one active grant, as activation writes them. */
function story(n: number, now: Date, end: Date): readonly NewEntry[] {
  const path = `access-grants/production/person-${n}.yml`;
  const identity = identityOf(n);
  const who = { id: 1000 + n, login: `person-${n}` };
  const window = { starts_at: null, duration_seconds: null, expires_at: end.toISOString() };
  const entitled: Entitled = {
    slot: { provider: 'nothing', target: 'nowhere', object: 'a role', identity },
    level: 'member',
    entitlement: {},
    risk: 'normal',
    native_expiry: 'none',
    enforces_scope: false,
    ends_sessions: true,
    keep_sessions: false,
  };
  const about = { grant: `${path}@${STEP}`, pull_request: n + 1 };
  const declared = {
    ...{ path, environment: 'production', subject: who.login, resource: 'orders-db' },
    ...{ role: 'read-only', window, reason: 'a benchmark', ticket: null, scope: null },
    break_glass: false,
  };
  return [
    {
      ...about,
      kind: 'grant.approved',
      body: {
        ...{ declared, subject: who, requester: who, entitled, digest: 'd', window },
        ...{ commit: STEP, parent: 'before', activate_within_seconds: 3600 },
      },
    },
    {
      ...about,
      kind: 'grant.activating',
      body: {
        window: { starts_at: now.toISOString(), ends_at: end.toISOString() },
        ...{ fingerprint: 'nowhere', entitled, baseline: [] },
      },
    },
    {
      ...about,
      kind: 'grant.activated',
      body: { observed: [{ level: 'member', origin: 'ours' }], late_ms: 0 },
    },
  ];
}
