import { subSeconds } from 'date-fns/subSeconds';
import type { NewEntry } from '../../core/ledger/events.js';
import { USE_LOG } from '../../core/policy/data-settings.js';
import { digestOfUses, useOfText } from '../../core/use/use-row.js';
import type { OpenBatch, UseBatches, World } from '../../ports.js';
import { dataInForce } from '../judge/in-force.js';

interface RecordUsesWorld extends Pick<World, 'clock' | 'ledger' | 'policy' | 'log'> {
  readonly batches: UseBatches;
}

/** Rows of one batch: an entry of the ledger each. */
const MOST = 5_000;

/**
 * Chains the decided uses that wait into the ledger, a batch an entry, and lets go of those that the settings keep no
 * longer. A batch is gathered first and recorded last, so one that was interrupted is taken up again, and has one entry.
 */
export async function recordUses(world: RecordUsesWorld): Promise<void> {
  const { batches, log } = world;
  try {
    await batches.alone(async () => {
      for (;;) {
        const open = await batches.open(MOST);
        if (!open) break;
        if (!open.entered) await world.ledger.append(await world.clock.now(), [entryOf(open)]);
        await batches.recorded(open.batch);
        // After one that was interrupted there may be more.
        if (!open.begun_before && open.rows.length < MOST) break;
      }
      await forgetOld(world);
    });
  } catch (error) {
    log.error({ err: error }, 'decided uses could not be recorded');
  }
}

function entryOf({ batch, rows }: OpenBatch): NewEntry {
  const uses = rows.flatMap((row) => useOfText(row) ?? []);
  const times = uses.map(({ at }) => at).sort();
  const lost = uses.reduce(
    (sum, use) => sum + numberOf(use.lost?.allowed) + numberOf(use.lost?.denied),
    0,
  );
  return {
    ...{ kind: 'uses.recorded', grant: null, pull_request: null },
    body: {
      ...{ batch, count: rows.length, lost },
      denied: uses.filter(({ allowed }) => !allowed).length,
      ...{ from: times[0] ?? '', to: times.at(-1) ?? '' },
      ...(uses.length < rows.length && { unread: rows.length - uses.length }),
      digest: digestOfUses(rows),
    },
  };
}

const numberOf = (value: unknown): number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;

/** The entry comes first: rows that are gone without one were taken away by somebody else. */
async function forgetOld({ batches, clock, ledger, policy }: RecordUsesWorld): Promise<void> {
  const data = await dataInForce({ ledger, policy });
  const { keep_seconds } = data?.settings.use_log ?? USE_LOG;
  const now = await clock.now();
  const older_than = subSeconds(now, keep_seconds);
  const up_to = await batches.olderThan(older_than);
  if (up_to === null) return;
  const body = { up_to, older_than: older_than.toISOString() };
  await ledger.append(now, [{ kind: 'uses.forgotten', grant: null, pull_request: null, body }]);
  await batches.forget(up_to);
}
