import type { PolicyDigests, Source } from '../../core/ledger/events.js';
import { obstacles } from '../../core/policy/obstacles.js';
import type { ApproverIds } from '../../core/policy/approvers.js';
import { fingerprint } from '../../core/reading/canonical.js';
import type { Problem } from '../../core/reading/problem.js';
import type { Reason, ReasonCode } from '../../core/reading/reason.js';
import { ENDABLE_STATES } from '../../core/grant/record.js';
import { commentTopics } from '../../core/work/topic.js';
import {
  takenBack,
  trusting,
  type TakenBack,
  type OperatorClaim,
  type Trusting,
} from '../../core/ledger/trust.js';
import { Conflict, Unreadable } from '../../ports.js';
import type { PolicyTree, World } from '../../ports.js';
import { readApprovers } from '../judge/ask-people.js';

export type TrustWorld = Pick<World, 'clock' | 'repository' | 'pullRequests' | 'policy' | 'ledger'>;

/** What trusting the tip would do, shown before it is done. */
export interface TrustPlan {
  readonly source: Source;
  readonly tip: string;
  readonly policy: PolicyDigests;
  /** Who the approvers of that policy are: what it has written, and what GitHub says now (invariant 6). */
  readonly approvers: ApproverIds;
  /** What the ledger says before. */
  readonly was: {
    readonly source: Source;
    readonly last_step: string | null;
    readonly policy: string | null;
    readonly approvers: ApproverIds | null;
    readonly stopped: string | null;
    /** The same with its code; missing if the entry is from before reasons had codes. */
    readonly reasons?: readonly Reason[];
  };
  /** Grants whose file is gone or reduces them, or whose end is held. */
  readonly taken: readonly {
    readonly file: TakenBack['file'];
    readonly grant: string;
    readonly login: string;
    readonly role: string;
    readonly resource: string;
    readonly environment: string;
    readonly becomes: TakenBack['becomes'];
  }[];
}

/** The plan and the action that carries it out, or why there is nothing to trust. */
export type Trust =
  | {
      readonly ok: true;
      readonly plan: TrustPlan;
      /** Of the plan: the same only where the same would be recorded. */
      readonly shown_as: string;
      readonly record: (claim: OperatorClaim) => Promise<NotRecorded>;
    }
  | {
      readonly ok: false;
      readonly why: string;
      /** Missing where the operator gave another tree. */
      readonly code?: ReasonCode;
      readonly problems: readonly Problem[];
    };

/** Null if it was recorded, or in words what changed meanwhile. */
export type NotRecorded = string | null;

/**
 * Plans to record the tip of the default branch again as the last applied step, with the ids that GitHub gives now and
 * the policy of the tip, whose approvers are whoever has their names now (invariants 1, 6, 10). `tree`, if given, is the
 * `policies/` tree that the operator has reviewed: any other is refused.
 */
export async function planTrust(world: TrustWorld, tree: string | null): Promise<Trust> {
  const state = await world.ledger.state();
  if (state.started === null) {
    const message =
      'first start has not ended: the worker records the tip by itself once policies/ loads';
    return no({ code: 'first_start_pending', message });
  }
  const { source, tip } = await world.repository.source();
  const read = await readTip(world, tip);
  if ('code' in read) return no(read);
  if (tree !== null && read.tree.id !== tree) {
    const message = `policies/ of the tip ${tip} is ${read.tree.id}, not ${tree}: review it again`;
    return no({ message });
  }
  const loaded = await world.policy.load(read.tree);
  if (!loaded.ok) {
    const message = `policies/ of the tip ${tip} does not load`;
    return no({ code: 'policy_has_problems', message }, loaded.problems);
  }
  // What is in force stays acceptable, whatever a new tree must do better.
  const against = read.tree.id === state.policy?.tree ? [] : obstacles(loaded.policy.data);
  if (against.length > 0) {
    const message = `policies/ of the tip ${tip} cannot come into force`;
    return no({ code: 'policy_has_problems', message }, against);
  }
  const grants = await world.ledger.grants({ states: ENDABLE_STATES });
  const policy = loaded.policy.digests;
  const paths = grants.map(({ declared }) => declared.path);
  const files = await world.repository.filesAt(tip, [...new Set(paths)]);
  const now = await world.clock.now();
  const approvers = await readApprovers(world, loaded.policy.data);
  const trusted: Trusting = { source, tip, policy, approvers, grants, files, now };
  const plan: TrustPlan = {
    source,
    tip,
    policy,
    approvers,
    was: {
      source: state.started.source,
      last_step: state.last_step,
      policy: state.policy?.tree ?? null,
      approvers: state.approvers,
      stopped: state.stopped?.why ?? null,
      ...(state.stopped?.reasons && { reasons: state.stopped.reasons }),
    },
    taken: takenBack(trusted).map(({ record, file, becomes }) => ({
      file,
      grant: record.id,
      login: record.subject.login,
      role: record.declared.role,
      resource: record.declared.resource,
      environment: record.declared.environment,
      becomes,
    })),
  };
  return {
    ok: true,
    plan,
    shown_as: fingerprint(plan),
    record: (claim) => record(world, trusted, claim, state.last_step, read.tree),
  };
}

function no(
  { code, message }: Partial<Reason> & Pick<Reason, 'message'>,
  problems: readonly Problem[] = [],
): Trust {
  return { ok: false, why: message, ...(code !== undefined && { code }), problems };
}

async function readTip(
  { repository }: TrustWorld,
  tip: string,
): Promise<{ tree: PolicyTree } | Reason> {
  try {
    const tree = await repository.policyTree(tip);
    if (tree) return { tree };
    return { code: 'policy_missing', message: `there is no policies/ folder at the tip ${tip}` };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { code: 'unreadable', message: `the tip ${tip} cannot be read: ${error.message}` };
  }
}

/** Writes it all in one transaction, expecting the ledger that the plan was made from. */
async function record(
  world: TrustWorld,
  trusted: Trusting,
  claim: OperatorClaim,
  last_step: string | null,
  archive: PolicyTree,
): Promise<NotRecorded> {
  const grants = takenBack(trusted).map(({ record }) => record);
  const comments = grants.flatMap(({ pull_request }) => commentTopics(pull_request));
  try {
    await world.ledger.append(await world.clock.now(), trusting(trusted, claim), {
      expect: { last_step, grants: Object.fromEntries(grants.map((g) => [g.id, g.version])) },
      archive,
      want: ['tip', 'pulls:all', ...comments],
    });
    return null;
  } catch (error) {
    if (error instanceof Conflict) return error.message;
    throw error;
  }
}
