import { nextBoundary } from '../../core/policy/boundary.js';
import { pullTopic } from '../../core/work/topic.js';
import { EngineFault } from '../../ports.js';
import type { PullRequests, Shown } from '../../ports.js';
import { policyInForce } from '../judge/in-force.js';
import { evaluate, type EvaluateWorld } from '../judge/pull-request.js';
import { readAgainst, type JudgedAgainst } from '../judge/read-pull-request.js';
import { isStillNothing } from './still-nothing.js';

type OpenPulls = Awaited<ReturnType<PullRequests['open']>>;

/**
 * Reads the list of open pull requests and wants each that GitHub has changed since it was last judged, so that a lost
 * webhook only costs time (invariant 17). `all` wants every one, because what they are compared with has changed.
 * Before first start each look is for all, because the reason to wait may have changed (invariant 1). One that touches
 * neither folder is judged once for each head.
 */
export async function lookAtPulls(world: EvaluateWorld, all: boolean): Promise<Date | null> {
  const now = await world.clock.now();
  const { started, head } = await world.ledger.state();
  const changed: { number: number; seen: string }[] = [];
  const open = await world.pullRequests.open();
  await world.ledger.keepListed(open.map(({ number }) => number));
  let against: JudgedAgainst | null = null;
  for (const pull of open) {
    const seen = seenOf(pull, open);
    const shown = await world.ledger.shown(pull.number);
    if (started && !all && shown.seen === seen) continue;
    if (started && isSameHead(shown, seen)) {
      against ??= await readAgainst(world);
      if (await isStillNothing(world, against, head, pull.head_sha, shown)) {
        if (shown.seen !== seen) await world.ledger.show(pull.number, { seen });
        continue;
      }
    }
    changed.push({ number: pull.number, seen });
  }
  await world.work.want(
    changed.map(({ number }) => pullTopic(number)),
    now,
  );
  for (const { number, seen } of changed) await world.ledger.show(number, { seen });
  await wantBoundary(world, now);
  return null;
}

/** A pull request as it is seen in the list: its head, when it was changed, and all that have this head. */
function seenOf({ head_sha, updated_at }: OpenPulls[number], open: OpenPulls): string {
  const same = open.filter((other) => other.head_sha === head_sha);
  return `${head_sha} ${updated_at} ${same.map(({ number }) => number).join()}`;
}

/** Whether one that touches neither folder has the head with which it was seen, and shares it with nobody else. */
function isSameHead({ seen, touches_nothing }: Shown, now: string): boolean {
  const parts = (of: string | null) => of?.split(' ').toSpliced(1, 1).join(' ');
  const alone = !now.includes(',');
  return touches_nothing && alone && parts(seen) === parts(now);
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
async function wantBoundary(
  world: Pick<EvaluateWorld, 'ledger' | 'policy' | 'work'>,
  now: Date,
): Promise<void> {
  try {
    const policy = await policyInForce(world);
    const next = policy && nextBoundary(policy.data.settings, now);
    if (next) await world.work.want(['pulls:all'], next);
  } catch (error) {
    if (!(error instanceof EngineFault)) throw error;
  }
}
