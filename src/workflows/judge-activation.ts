import type { NewEntry } from '../core/ledger/events.js';
import type { GrantRecord } from '../core/ledger/record.js';
import { EngineFault } from '../ports.js';
import type { World } from '../ports.js';
import { teamsOf } from './governed.js';
import { judge } from './judge.js';
import { policyInForce } from './policy-in-force.js';

/**
 * The third moment (invariant 7): is the landed grant still allowed, on the reviews of its pull request,
 * by the policy in force and the people as they are now? Throws where that cannot be told, so that
 * activation waits.
 */
export async function judgeActivation(
  world: World,
  record: GrantRecord,
  now: Date,
): Promise<{ refused: readonly string[] | null; entries: readonly NewEntry[] }> {
  if (record.pull_request === null)
    return { refused: ['no pull request asked for it'], entries: [] };
  const policy = await policyInForce(world);
  if (!policy) throw new EngineFault('no policy is in force yet');
  const snapshot = await world.pullRequests.snapshot({
    number: record.pull_request,
    tip: record.step.parent,
    step: { ...record.step, pull_request: record.pull_request },
    ...teamsOf(world, policy.data),
  });
  const judged = await judge(world, policy, snapshot, {
    moment: 'activation',
    now,
    except: record.id,
  });
  const mine = judged.changes.findIndex(
    (c) => c.change.path === record.declared.path && c.change.kind === 'added',
  );
  const change = judged.changes[mine];
  const decision = judged.decisions[mine];
  if (!change || !decision) {
    const why = judged.problems.map((p) => `${p.path}: ${p.message}`);
    return { refused: why.length > 0 ? why : ['its file no longer asks for it'], entries: [] };
  }
  return {
    refused: refusal(record, change),
    entries: [...judged.reviews, { ...decision, grant: record.id }],
  };
}

function refusal(
  record: GrantRecord,
  { change, decision }: Awaited<ReturnType<typeof judge>>['changes'][number],
): readonly string[] | null {
  if (change.digest !== record.digest) {
    return [
      'what it would give is no longer what was approved: the catalog or an identity has changed',
    ];
  }
  if (decision.outcome === 'approved') return null;
  if (decision.outcome === 'denied') return decision.denials.map((d) => `${d.rule}: ${d.message}`);
  return ['an approval that it needs no longer counts', ...decision.not_counted.map((n) => n.why)];
}
