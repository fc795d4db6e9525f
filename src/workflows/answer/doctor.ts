import type { PolicyData } from '../../core/policy/catalog.js';
import { bad, good, unsure } from '../../core/report/finding.js';
import type { Finding } from '../../core/report/finding.js';
import { placed } from '../../core/reading/problem.js';
import { policyInForce } from '../judge/in-force.js';
import { EngineFault, TargetFault, Unreadable } from '../../ports.js';
import type { Outbox, World } from '../../ports.js';

export type DoctorWorld = Pick<
  World,
  'ledger' | 'repository' | 'policy' | 'providers' | 'targets'
> & {
  /** Null where no receiver of events is configured. */
  readonly outbox: Pick<Outbox, 'cursor'> | null;
};

const LEDGER = 'ledger';
const EVENTS = 'events out';
const POLICY = 'policy';

/** Looks at the record, the policy of the default branch, and every target that the catalog names. */
export async function* examineWorld(world: DoctorWorld): AsyncGenerator<Finding> {
  yield* orUnsure(LEDGER, () => record(world));
  yield* orUnsure(EVENTS, () => events(world));
  const data: PolicyData[] = [];
  yield* orUnsure(POLICY, () => policy(world, data));
  for (const [provider, target] of targetsOf(data)) yield await connection(world, provider, target);
}

async function* orUnsure(
  about: string,
  look: () => AsyncGenerator<Finding>,
): AsyncGenerator<Finding> {
  try {
    yield* look();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    yield unsure(
      about,
      `could not be checked: ${why}`,
      'fix the problems above and run doctor again',
    );
  }
}

async function* record({ ledger }: DoctorWorld): AsyncGenerator<Finding> {
  const { started, stopped, head } = await ledger.state();
  if (!started) {
    yield unsure(
      LEDGER,
      'first start has not ended',
      'start a worker; its log says what it is waiting for',
    );
    return;
  }
  yield stopped === null
    ? good(LEDGER, `has ${head.seq} entries, and activation is running`)
    : bad(LEDGER, `activation is paused: ${stopped}`, 'look at the repository, then daypass trust');
  const { live, overdue, one_overdue } = await ledger.counts();
  yield overdue === 0
    ? good(LEDGER, `${live} live, none of them overdue`)
    : bad(
        LEDGER,
        `${overdue} of ${live} should have ended and were not seen gone: ${one_overdue ?? ''}`,
        'run daypass audit log <grant> to see why the last attempt failed',
      );
}

async function* events({ outbox }: DoctorWorld): AsyncGenerator<Finding> {
  if (!outbox) {
    yield good(EVENTS, 'not sent anywhere: EVENTS_URL is not set');
    return;
  }
  const { paused, failures, seq, head } = await outbox.cursor();
  const waiting = `${head - seq} entries are waiting to be sent`;
  if (paused) {
    const todo = 'fix the receiver, then restart a worker';
    yield bad(EVENTS, `paused: the receiver wants no more; ${waiting}`, todo);
  } else if (failures > 0) {
    const todo = 'see the log for what the receiver answers, and docs/events.md';
    yield bad(EVENTS, `${failures} calls in a row failed; ${waiting}`, todo);
  } else yield good(EVENTS, 'the receiver accepts events');
}

async function* policy(world: DoctorWorld, data: PolicyData[]): AsyncGenerator<Finding> {
  const { tip } = await world.repository.source();
  const tree = await readTree(world, tip);
  if (typeof tree === 'string') {
    yield bad(POLICY, tree, 'fix it by a pull request; daypass init copies the starter');
    return;
  }
  const trial = await world.policy.trial(tree);
  for (const problem of trial.problems) {
    yield bad(POLICY, placed(problem), 'fix it by a pull request');
  }
  if (trial.policy) {
    data.push(trial.policy.data);
    const tests =
      trial.tests_passed === null
        ? 'its Rego tests were not run'
        : `${trial.tests_passed} Rego tests pass`;
    yield good(POLICY, `policies/ of the default branch (${tree.id.slice(0, 12)}) loads; ${tests}`);
  }
  yield* inForce(world, tree.id, data);
}

async function* inForce(
  world: DoctorWorld,
  tip: string,
  data: PolicyData[],
): AsyncGenerator<Finding> {
  try {
    const loaded = await policyInForce(world);
    if (!loaded) return;
    if (loaded.digests.tree === tip) yield good(POLICY, 'it is in force');
    else {
      data.push(loaded.data);
      yield bad(
        POLICY,
        `it is not in force: everything is judged by ${loaded.digests.tree.slice(0, 12)}`,
        'have its owners approve a pull request that changes policies/, or put back what is in force',
      );
    }
  } catch (error) {
    if (!(error instanceof EngineFault)) throw error;
    yield bad(
      POLICY,
      error.message,
      'nothing is judged until it loads: see what doctor says about OPA',
    );
  }
}

async function readTree({ repository }: DoctorWorld, tip: string) {
  try {
    return (await repository.policyTree(tip)) ?? 'the default branch has no policies/';
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return `policies/ of the default branch cannot be read: ${error.message}`;
  }
}

/** Every target that some catalog names, once. */
function targetsOf(data: readonly PolicyData[]): readonly (readonly [string, string])[] {
  const named = data.flatMap(({ catalog }) =>
    Object.values(catalog).flatMap(({ provider, environments }) =>
      Object.values(environments).map(({ target }) => [provider, target] as const),
    ),
  );
  return [...new Map(named.map((one) => [JSON.stringify(one), one])).values()];
}

async function connection(
  { targets }: DoctorWorld,
  provider: string,
  target: string,
): Promise<Finding> {
  const about = `target ${target}`;
  try {
    const connected = await targets.connection(provider, target);
    return good(about, `answers as ${await connected.fingerprint()}`);
  } catch (error) {
    if (!(error instanceof TargetFault)) throw error;
    const todo = `see docs/providers/${provider}.md`;
    return (error.lasting ? bad : unsure)(about, error.message, todo);
  }
}
