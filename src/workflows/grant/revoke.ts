import type { Entry } from '../../core/ledger/events.js';
import { nextDue } from '../../core/ledger/due.js';
import { begun, type GrantRecord } from '../../core/grant/record.js';
import {
  chooseGrant,
  choosePerson,
  readGrantId,
  revocation,
  type Chosen,
  type ToEnd,
} from '../../core/ledger/early/revoke.js';
import { Conflict } from '../../ports.js';
import type { World } from '../../ports.js';
import { end, type EndWorld } from './end.js';
import { appendAbout } from './entries.js';

/** How often it is recorded again because the grants moved on meanwhile. */
const CONFLICTS = 10;

/** What was recorded, or in words why nothing was. */
export type Revoked =
  | { readonly ok: true; readonly entries: readonly Entry[] }
  | { readonly ok: false; readonly why: string };

/**
 * Records that an operator ends one grant or all of one person's, in one transaction. It needs the ledger alone: no
 * GitHub, no policy and no queue, and no brake on mass endings, because it is about one person (invariants 7, 16).
 */
export async function revokeGrants(
  world: Pick<World, 'ledger' | 'clock'>,
  asked: ToEnd,
  act: Parameters<typeof revocation>[1],
): Promise<Revoked> {
  for (let attempt = 1; ; attempt += 1) {
    const chosen = await choose(world.ledger, asked);
    if (!chosen.ok) return chosen;
    const { grants } = chosen;
    const entries = grants.map((grant) => revocation(grant, act));
    try {
      const written = await appendAbout(world, grants, await world.clock.now(), entries);
      return { ok: true, entries: written };
    } catch (error) {
      if (!(error instanceof Conflict) || attempt === CONFLICTS) throw error;
    }
  }
}

async function choose(ledger: World['ledger'], asked: ToEnd): Promise<Chosen> {
  if ('grant' in asked) {
    const { path } = readGrantId(asked.grant);
    return chooseGrant(asked.grant, await ledger.grants({ path }));
  }
  if ('id' in asked) {
    return choosePerson(`id:${asked.id}`, await ledger.grants({ subject: asked.id }));
  }
  const named = await ledger.grants({ login: asked.login });
  const ids = [...new Set(named.map(({ subject }) => subject.id))];
  const theirs = await Promise.all(ids.map((subject) => ledger.grants({ subject })));
  return choosePerson(asked.login, theirs.flat());
}

/** How long to stay with a grant: pauses before it is looked at again; false when it is time to leave. */
export type Patience = () => Promise<boolean>;

/**
 * Ends a revoked grant like a worker does, under the lease of its slot, and stays until it is over. Workers do the same
 * meanwhile: whoever is first proves and records it. Returns the record as it was last read; `told` is called for each
 * that was read on the way.
 */
export async function endNow(
  world: EndWorld,
  id: string,
  patience: Patience,
  told: (record: GrantRecord) => void,
): Promise<GrantRecord> {
  let not_before = '';
  for (;;) {
    const record = await world.ledger.grant(id);
    if (!record) throw new Error(`${id} has gone from the ledger`);
    told(record);
    if (!begun(record.state)) return record;
    const now = await world.clock.now();
    const due = nextDue(record)?.at ?? '';
    if (record.revoked_by !== null && due <= now.toISOString() && not_before <= now.toISOString()) {
      not_before = (await tryToEnd(world, record, now))?.toISOString() ?? '';
    }
    if (!(await patience())) return record;
  }
}

/** A conflict means that a worker has written something about it: it is read again. */
async function tryToEnd(world: EndWorld, record: GrantRecord, now: Date): Promise<Date | null> {
  try {
    return await end(world, record, now);
  } catch (error) {
    if (error instanceof Conflict) return null;
    throw error;
  }
}
