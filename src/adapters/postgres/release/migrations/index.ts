import { sql, type Migration } from 'kysely';
import { ledger } from './0001-ledger.js';
import { work } from './0002-work.js';
import { policy } from './0003-policy.js';
import { eventsOut } from './0004-events-out.js';
import { lastStep } from './0005-last-step.js';
import { lanes } from './0006-lanes.js';
import { starts } from './0007-starts.js';
import { slots } from './0008-slots.js';
import { oldDeliveries } from './0009-old-deliveries.js';
import { drift } from './0010-drift.js';
import { decisions } from './0011-decisions.js';
import { comments } from './0012-comments.js';
import { proof } from './0013-proof.js';
import { derived } from './0014-derived.js';
import { deliveries } from './0015-deliveries.js';
import { passed } from './0016-passed.js';
import { approvers } from './0018-approvers.js';
import { listed } from './0021-listed.js';
import { kept } from './0022-kept.js';
import { decisionProcesses } from './0025-decision-processes.js';
import { atUse } from './0026-at-use.js';
import { uses } from './0027-uses.js';
import { requests } from './0028-requests.js';

const run = (text: string): Migration => ({
  up: async (db) => {
    await sql.raw(text).execute(db);
  },
});

/** Every migration by its name, in order. One that was released is never changed. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-ledger': run(ledger),
  '0002-work': run(work),
  '0003-policy': run(policy),
  '0004-events-out': run(eventsOut),
  '0005-last-step': run(lastStep),
  '0006-lanes': run(lanes),
  '0007-starts': run(starts),
  '0008-slots': run(slots),
  '0009-old-deliveries': run(oldDeliveries),
  '0010-drift': run(drift),
  '0011-decisions': run(decisions),
  '0012-comments': run(comments),
  '0013-proof': run(proof),
  '0014-derived': run(derived),
  '0015-deliveries': run(deliveries),
  '0016-passed': run(passed),
  '0018-approvers': run(approvers),
  '0021-listed': run(listed),
  '0022-kept': run(kept),
  '0025-decision-processes': run(decisionProcesses),
  '0026-at-use': run(atUse),
  '0027-uses': run(uses),
  '0028-requests': run(requests),
};
