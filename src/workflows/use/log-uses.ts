import type { UseBuffer } from '../../core/use/use-buffer.js';
import type { Log, UseLogOut } from '../../ports.js';

/** Rows of one statement. */
const MOST = 1_000;

/**
 * Writes what waits in the buffer, oldest first. What the ledger does not take now stays, as far as there is room. Never
 * throws: no answer waits for the log.
 */
export async function logUses(world: {
  readonly buffer: UseBuffer;
  readonly out: UseLogOut;
  readonly log: Log;
}): Promise<void> {
  const { buffer, out, log } = world;
  try {
    while (buffer.size > 0) {
      const { rows, lost } = buffer.take(MOST);
      const refused = await out.write(rows, lost);
      buffer.written();
      if (refused > 0) log.error({ refused }, 'the ledger does not take these decided uses');
      if (lost.allowed + lost.denied > 0) log.warn({ lost }, 'there was no room to log these uses');
    }
  } catch (error) {
    log.error({ err: error, waiting: buffer.size }, 'decided uses could not be written');
  }
}
