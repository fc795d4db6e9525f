import { decideAgain, type DecisionBody } from '../../core/decision/decide-again.js';
import { differences } from '../../core/decision/replay.js';
import { policyDiffers } from '../../core/ledger/archived-policy.js';
import type { Broken } from '../../core/ledger/broken.js';
import type { PolicyDigests, Replay } from '../../core/ledger/events.js';
import { canonical } from '../../core/reading/canonical.js';
import { counted } from '../../core/reading/problem.js';
import { EngineFault } from '../../ports.js';
import type { LoadedPolicy, World } from '../../ports.js';
import { entriesByPage } from '../judge/pages.js';

/** What making all recorded decisions again found. */
export interface DecisionsReplayed {
  /** The first decision that this version of the core makes otherwise, or that the archived policy contradicts. */
  readonly found: Broken | null;
  /** How many were made again and are the same. */
  readonly same: number;
  /** What could not be made again or compared, in words. */
  readonly untold: readonly string[];
}

type ReplayWorld = Pick<World, 'ledger' | 'policy'>;

/**
 * Makes each recorded decision again (invariant 23): the archived policy answers its recorded input once more, and the
 * core decides on that answer and the recorded grounds. A decision of this version must come out the same to the byte;
 * what an earlier version decided otherwise is only told.
 */
export async function replayDecisions(world: ReplayWorld): Promise<DecisionsReplayed> {
  const policies = archivedPolicies(world);
  const counts = { same: 0, earlier: 0, unasked: 0 };
  const untold: string[] = [];
  for await (const { seq, kind, body } of entriesByPage(world.ledger, {})) {
    if (kind !== 'decision.made' && kind !== 'policy.judged') continue;
    const asked = 'replay' in body ? body.replay : null;
    const answer = asked && (await answerAgain(policies, asked));
    if (asked && answer === null) counts.unasked += 1;
    if (asked && answer !== null && canonical(answer) !== canonical(asked.answer)) {
      const why = `the archived policy ${asked.policy.tree} does not give the recorded answer`;
      return { found: broken(seq, why), same: counts.same, untold };
    }
    const again = decideAgain(body);
    if (!again) counts.earlier += 1;
    const parts = again ? differences(body.decision, again) : [];
    if (parts.length > 0 && body.decision.core === again?.core) {
      const why = 'its recorded grounds do not give the recorded decision';
      return { found: broken(seq, why), same: counts.same, untold };
    }
    if (parts.length > 0) untold.push(`entry ${seq}: ${otherwise(body)} in ${parts.join(', ')}`);
    else if (again) counts.same += 1;
  }
  const { same, earlier, unasked } = counts;
  if (earlier > 0)
    untold.push(`${counted(earlier, 'decision')} cannot be made again: too little was recorded`);
  if (unasked > 0)
    untold.push(
      `what the policy answers again was not compared for ${counted(unasked, 'decision')}`,
    );
  return { found: null, same, untold };
}

const otherwise = ({ decision }: DecisionBody) =>
  `this version decides otherwise than version ${decision.core ?? 1} did,`;

const broken = (seq: number, why: string): Broken => ({
  ...{ ok: false, what: 'decision', seq, id: null },
  why: `the decision in entry ${seq} cannot be made again: ${why}`,
});

type Archived = (asked: Replay) => Promise<LoadedPolicy | null>;

/** Loads each archived tree once; null where it is not what made the recorded decisions, or does not load here. */
function archivedPolicies({ ledger, policy }: ReplayWorld): Archived {
  const loaded = new Map<string, LoadedPolicy | null>();
  return async ({ policy: recorded }) => {
    const { tree: id } = recorded;
    if (!loaded.has(id)) {
      const tree = await ledger.policyTree(id);
      const found = tree && (await policy.load(tree));
      const holds =
        tree && found?.ok && policyDiffers(tree, found.policy.digests, recorded) === null;
      loaded.set(id, holds && madeAlike(found.policy, recorded) ? found.policy : null);
    }
    return loaded.get(id) ?? null;
  };
}

/** Whether data and rules are the very ones that answered: another reader or compiler makes others of the same tree. */
const madeAlike = ({ digests }: LoadedPolicy, recorded: PolicyDigests) =>
  digests.data === recorded.data && digests.wasm === recorded.wasm;

/** The answer of the archived policy to the recorded input; null where it cannot be asked. */
async function answerAgain(policies: Archived, asked: Replay): Promise<Replay['answer'] | null> {
  try {
    return (await (await policies(asked))?.request(asked.input)) ?? null;
  } catch (error) {
    if (error instanceof EngineFault) return null;
    throw error;
  }
}
