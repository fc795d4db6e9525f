import { addMilliseconds } from 'date-fns/addMilliseconds';
import type { Lane } from '../../core/work/lanes.js';
import { readTopic } from '../../core/work/topic.js';
import { Conflict, Late } from '../../ports.js';
import type { Job, World } from '../../ports.js';
import { convergeGrant } from '../grant/converge.js';
import { tryAgainAt } from '../grant/try-again.js';
import { endDeparted } from '../land/end-departed.js';
import { land } from '../land/land.js';
import { answerRequest } from '../request/answer.js';
import { updateComment } from '../tell/update-comment.js';
import type { RunJob } from './drain.js';
import { lookAtPull, lookAtPulls } from './look-at-pulls.js';
import { noteWrites } from './note-writes.js';

/** Runs a topic. Returns when to run it again, null when it is done. */
async function story(world: World, topic: string): Promise<Date | null> {
  const parts = readTopic(topic);
  switch (parts?.kind) {
    case 'tip':
      return land({ ...world, ...world.landing });
    case 'people':
      return endDeparted({ ...world, ...world.landing });
    case 'pulls':
      return lookAtPulls(world, parts.all);
    case 'pull':
      return lookAtPull(world, parts.pull_request);
    case 'grant':
      return convergeGrant(world, parts.id);
    case 'comment':
      return updateComment(world, parts.pull_request);
    case 'request':
      return world.requests ? answerRequest(world, world.requests, parts.id) : null;
    default:
      world.log.error({ topic }, 'unknown topic');
      return null;
  }
}

/** How often in a row a conflict is retried at once. */
const CONFLICTS = 5;

/** The wait before a late head is fetched again, ms: it may be huge, and no other is fetched meanwhile. */
const HUGE_MS = 600_000;

/**
 * Runs one job to its end, and logs its duration and outcome: `done` wrote something, `idle` found nothing to do,
 * `waits` is run again later. A job that fails is kept as a row, to be retried.
 */
async function runTopic(world: World, lane: Lane, job: Job): Promise<void> {
  const { topic } = job;
  const began = performance.now();
  const took = () => ({ topic, lane, ms: Math.round(performance.now() - began) });
  const noted = noteWrites(world);
  try {
    const again = await story(noted.world, topic);
    if (again) await world.work.failed(job, '', again);
    else await world.work.done(job);
    const outcome = again ? 'waits' : noted.wrote() ? 'done' : 'idle';
    world.log[noted.wrote() ? 'info' : 'debug']({ ...took(), outcome }, 'job finished');
  } catch (error) {
    const now = await world.clock.now();
    const fault = error instanceof Error ? error : new Error(String(error));
    const retry_at = retryOf(job, fault, now);
    const outcome = 'failed';
    world.log.warn({ ...took(), outcome, err: fault, retry_at }, 'job failed and will be retried');
    await world.work.failed(job, fault.message.slice(0, 1000), retry_at);
  }
}

function retryOf({ topic, attempts }: Job, fault: Error, now: Date): Date {
  // A conflict only needs another read, so it is retried at once, though not for ever.
  if (fault instanceof Conflict && attempts < CONFLICTS) return now;
  const huge = fault instanceof Late && readTopic(topic)?.kind === 'pull';
  return huge ? addMilliseconds(now, HUGE_MS) : tryAgainAt(now, attempts, fault);
}

/** What a worker does with the jobs of its lanes. */
export const runJobs =
  (world: World): RunJob =>
  (lane, job) =>
    runTopic(world, lane, job);
