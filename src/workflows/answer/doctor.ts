import type { PolicyData } from '../../core/policy/catalog.js';
import { bad, good, unsure } from '../../core/report/finding.js';
import type { Finding } from '../../core/report/finding.js';
import { canonical } from '../../core/reading/canonical.js';
import { placed } from '../../core/reading/problem.js';
import type { Reason } from '../../core/reading/reason.js';
import { BEGUN_STATES, LIVE_STATES, withHeldEnd } from '../../core/grant/record.js';
import { namedIdentities } from '../../core/policy/data-identities.js';
import { policyInForce } from '../judge/in-force.js';
import { EngineFault, TargetFault, Unreadable } from '../../ports.js';
import type { Outbox, PolicyTree, World } from '../../ports.js';

export type DoctorWorld = Pick<
  World,
  'clock' | 'ledger' | 'repository' | 'policy' | 'providers' | 'targets'
> & {
  /** Null if no receiver of events is configured. */
  readonly outbox: Pick<Outbox, 'cursor'> | null;
};

/** The most people that one finding names. */
const MOST_NAMED = 10;
const LEDGER = 'ledger';
const EVENTS = 'events out';
const POLICY = 'policy';
const AGAIN = 'fix the problems above and run doctor again';

/** Checks the ledger, the policy of the default branch, and every target that the catalog names. */
export async function* examineWorld(world: DoctorWorld): AsyncGenerator<Finding> {
  yield* orUnsure(LEDGER, () => record(world));
  yield* orUnsure(EVENTS, () => events(world));
  const data: PolicyData[] = [];
  yield* orUnsure(POLICY, () => policy(world, data));
  if (data.length === 0)
    yield unsure('targets', 'not asked, because no policy that names them could be read', AGAIN);
  for (const named of targetsOf(data)) yield* connection(world, named);
}

const inWords = (error: unknown): string =>
  error instanceof Error && error.message !== '' ? error.message : String(error);

async function* orUnsure(
  about: string,
  look: () => AsyncGenerator<Finding>,
): AsyncGenerator<Finding> {
  try {
    yield* look();
  } catch (error) {
    yield unsure(about, `could not be checked: ${inWords(error)}`, AGAIN);
  }
}

async function* record({ clock, ledger }: DoctorWorld): AsyncGenerator<Finding> {
  const { started, stopped, head } = await ledger.state();
  if (!started) {
    yield unsure(
      LEDGER,
      'first start has not ended',
      'start a worker; its log says what it is waiting for',
      'first_start_pending',
    );
    return;
  }
  yield stopped === null
    ? good(LEDGER, `has ${head.seq} entries, and activation is running`)
    : bad(
        LEDGER,
        `activation is paused: ${stopped.why}`,
        'look at the repository, then daypass trust',
        stopped.reasons?.[0]?.code,
      );
  const { live, overdue, one_overdue } = await ledger.counts(await clock.now());
  yield overdue === 0
    ? good(LEDGER, `${live} live, none of them overdue`)
    : bad(
        LEDGER,
        `${overdue} of ${live} are overdue: they should have ended, but are not confirmed gone: ${one_overdue ?? ''}`,
        'run daypass audit log <grant> to see why the last attempt failed',
      );
  const unsettled = withHeldEnd(await ledger.grants({ states: LIVE_STATES }));
  if (unsettled.length > 0) {
    const people = new Set(unsettled.map(({ subject }) => subject.login));
    yield bad(
      LEDGER,
      `the early ends of ${unsettled.length} grants of ${[...people].slice(0, MOST_NAMED).join(', ')}${people.size > MOST_NAMED ? ' and others' : ''} are held: they have left the organisation`,
      'end those of one person with daypass revoke, or all of them with daypass trust',
      'departures_held',
    );
  }
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
  if ('code' in tree) {
    const todo = 'fix it by a pull request; daypass init copies the starter';
    yield bad(POLICY, tree.message, todo, tree.code);
    return;
  }
  const trial = await world.policy.trial(tree);
  for (const problem of trial.problems) {
    yield bad(POLICY, placed(problem), 'fix it by a pull request', problem.code);
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
        'policy_out_of_force',
      );
    }
  } catch (error) {
    if (!(error instanceof EngineFault)) throw error;
    yield bad(
      POLICY,
      error.message,
      'nothing is judged until it loads: see what doctor says about OPA',
      'engine_fault',
    );
  }
}

async function readTree({ repository }: DoctorWorld, tip: string): Promise<PolicyTree | Reason> {
  try {
    const tree = await repository.policyTree(tip);
    return tree ?? { code: 'policy_missing', message: 'the default branch has no policies/' };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    const message = `policies/ of the default branch cannot be read: ${error.message}`;
    return { code: 'unreadable', message };
  }
}

type Entitlement = Readonly<Record<string, unknown>>;

interface NamedTarget {
  readonly provider: string;
  readonly target: string;
  readonly entitlements: readonly Entitlement[];
  /** Those that the data files name. */
  readonly identities: readonly string[];
}

/** Every target that some catalog names, once, with what the catalogs give there. */
function targetsOf(data: readonly PolicyData[]): readonly NamedTarget[] {
  const named = new Map<string, NamedTarget>();
  for (const one of data)
    for (const { provider, roles, environments } of Object.values(one.catalog))
      for (const { target } of Object.values(environments)) {
        if (target === undefined) continue;
        const key = JSON.stringify([provider, target]);
        const given = Object.values(roles).map(({ entitlement }) => entitlement);
        const before = named.get(key) ?? { entitlements: [], identities: [] };
        const entitlements = [...before.entitlements, ...given];
        const identities = [...before.identities, ...namedIdentities(one, provider)];
        named.set(key, { provider, target, entitlements, identities });
      }
  return [...named.values()];
}

async function* connection(
  world: DoctorWorld,
  { provider, target, entitlements, identities }: NamedTarget,
): AsyncGenerator<Finding> {
  const about = `target ${target}`;
  const todo = `see docs/providers/${provider}.md`;
  try {
    const connected = await world.targets.connection(provider, target);
    yield good(about, `answers as ${await connected.fingerprint()}`);
    if (connected.examine) {
      const live = await world.ledger.grants({ states: BEGUN_STATES });
      const there = live.flatMap(({ entitled }) =>
        entitled?.slot.provider === provider && entitled.slot.target === target
          ? [entitled.slot.identity]
          : [],
      );
      yield* await connected.examine(about, [...new Set([...identities, ...there])]);
    }
    const once = new Map(entitlements.map((one) => [canonical(one), one]));
    for (const entitlement of once.values()) {
      const why = (await connected.objection?.(entitlement)) ?? null;
      if (why !== null) yield bad(about, why, todo);
    }
  } catch (error) {
    if (error instanceof TargetFault)
      yield (error.lasting ? bad : unsure)(about, error.message, todo, error.code);
    // Daypass's own database is asked first, because it must never be a target.
    else yield unsure(about, `not asked, because ${inWords(error)}`, AGAIN);
  }
}
