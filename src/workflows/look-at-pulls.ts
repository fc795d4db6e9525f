import type { World } from '../ports.js';

/**
 * Reads the list of open pull requests and wants each that GitHub has changed since it was last judged, so
 * that a lost webhook only costs time (invariant 17). `all` wants every one: what they change from has moved.
 */
export async function lookAtPulls(world: World, all: boolean): Promise<Date | null> {
  const { started } = await world.ledger.state();
  if (!started) return null;
  const changed: { number: number; seen: string }[] = [];
  for (const pull of await world.pullRequests.open()) {
    const seen = `${pull.head_sha} ${pull.updated_at}`;
    const shown = await world.ledger.shown(pull.number);
    if (all || shown.seen !== seen) changed.push({ number: pull.number, seen });
  }
  await world.work.want(
    changed.map(({ number }) => `pull:${String(number)}`),
    await world.clock.now(),
  );
  for (const { number, seen } of changed) await world.ledger.show(number, { seen });
  return null;
}
