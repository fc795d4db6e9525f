import { nextBoundary } from '../../core/policy/boundary.js';
import { pullTopic } from '../../core/work/topic.js';
import { EngineFault } from '../../ports.js';
import type { World } from '../../ports.js';
import { policyInForce } from '../judge/in-force.js';
import { evaluate, type EvaluateWorld } from '../judge/pull-request.js';

type PullsWorld = Pick<World, 'clock' | 'ledger' | 'policy' | 'pullRequests' | 'work'>;

/**
 * Reads the list of open pull requests and wants each that GitHub has changed since it was last judged, so that a lost
 * webhook only costs time (invariant 17). `all` wants every one, because what they are compared with has changed.
 * Before first start each look is for all, because the reason to wait may have changed (invariant 1).
 */
export async function lookAtPulls(world: PullsWorld, all: boolean): Promise<Date | null> {
  const now = await world.clock.now();
  const { started } = await world.ledger.state();
  const changed: { number: number; seen: string }[] = [];
  const open = await world.pullRequests.open();
  await world.ledger.keepListed(open.map(({ number }) => number));
  for (const pull of open) {
    const same = open.filter(({ head_sha }) => head_sha === pull.head_sha);
    const seen = `${pull.head_sha} ${pull.updated_at} ${same.map(({ number }) => number).join()}`;
    const shown = await world.ledger.shown(pull.number);
    if (all || !started || shown.seen !== seen) changed.push({ number: pull.number, seen });
  }
  await world.work.want(
    changed.map(({ number }) => pullTopic(number)),
    now,
  );
  for (const { number, seen } of changed) await world.ledger.show(number, { seen });
  await wantBoundary(world, now);
  return null;
}

/**
 * Judges one pull request if it is in the list of open ones. For any other, of which somebody may only have claimed that
 * it exists, the list is read first, and nothing else is read or fetched (invariant 25).
 */
export async function lookAtPull(world: EvaluateWorld, number: number): Promise<null> {
  const { listed } = await world.ledger.shown(number);
  if (listed) return evaluate(world, number);
  await world.work.want(['pulls'], await world.clock.now());
  return null;
}

/** At each boundary of time in settings every open pull request is judged again. */
async function wantBoundary(world: PullsWorld, now: Date): Promise<void> {
  try {
    const policy = await policyInForce(world);
    const next = policy && nextBoundary(policy.data.settings, now);
    if (next) await world.work.want(['pulls:all'], next);
  } catch (error) {
    if (!(error instanceof EngineFault)) throw error;
  }
}
