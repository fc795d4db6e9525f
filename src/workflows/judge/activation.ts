import { refusal, type DecidedChange } from '../../core/decision/decision.js';
import type { Entry, NewEntry } from '../../core/ledger/events.js';
import { isDigestOf } from '../../core/grant/effect.js';
import { givings } from '../../core/ledger/gives.js';
import type { Giving } from '../../core/ledger/gives.js';
import type { GrantRecord } from '../../core/grant/record.js';
import type { Reason } from '../../core/reading/reason.js';
import { EngineFault } from '../../ports.js';
import { teamsToRead } from './power.js';
import { entriesByPage } from './pages.js';
import { judge, type JudgeWorld } from './changes.js';
import { policyInForce, type PolicyInForce } from './in-force.js';

interface StillAllowed {
  /** Why not; null if it still holds. */
  readonly refused: readonly Reason[] | null;
  readonly entries: readonly NewEntry[];
}

/**
 * The third moment (invariant 7): is the landed grant still allowed, on the reviews of its pull request and of each
 * that extended it since, by the policy in force and the people as they are now? If one does not hold, the whole grant
 * is refused: the content of its file is not approved. Throws if it cannot be determined, so that activation waits.
 */
export async function judgeActivation(
  world: JudgeWorld,
  record: GrantRecord,
  now: Date,
): Promise<StillAllowed> {
  const policy = await policyInForce(world);
  if (!policy) throw new EngineFault('no policy is in force yet');
  const told: Entry[] = [];
  for await (const entry of entriesByPage(world.ledger, { grant: record.id })) told.push(entry);
  const given = givings(told);
  const entries: NewEntry[] = [];
  for (const [at, giving] of given.entries()) {
    const verdict = await again(world, policy, record, giving, {
      now,
      rewindowed: at < given.length - 1,
    });
    entries.push(...verdict.entries);
    if (verdict.refused) return { refused: verdict.refused, entries };
  }
  return given.length > 0
    ? { refused: null, entries }
    : { refused: [{ code: 'not_given', message: 'no landed step gave it' }], entries: [] };
}

/** Decides one of its steps again. */
async function again(
  world: JudgeWorld,
  policy: PolicyInForce,
  record: GrantRecord,
  giving: Giving,
  at: { readonly now: Date; readonly rewindowed: boolean },
): Promise<StillAllowed> {
  const { pull_request, kind } = giving;
  const landed = pull_request === null ? null : await world.ledger.stepOf(pull_request);
  if (pull_request === null || !landed) {
    const message = 'no pull request asked for it';
    return { refused: [{ code: 'no_pull_request', message }], entries: [] };
  }
  const { commit, parent } = landed;
  const { path } = record.declared;
  const snapshot = await world.pullRequests.snapshot({
    number: pull_request,
    tip: parent,
    step: { commit, parent, pull_request },
    ...teamsToRead(world, policy.data),
  });
  const judged = await judge(world, policy, snapshot, {
    moment: 'activation',
    now: at.now,
    again: { grant: record.id, before: giving.before, rewindowed: at.rewindowed },
  });
  const mine = judged.changes.find((c) => c.change.path === path && c.change.kind === kind);
  const why = mine
    ? objections(giving, mine)
    : [
        ...judged.problems.map(({ path: file, code, message }): Reason => ({
          code,
          message: `${file}: ${message}`,
        })),
        { code: 'file_no_longer_asks' as const, message: 'its file no longer asks for it' },
      ];
  const words = kind === 'extended' ? `its extension by #${String(pull_request)}: ` : '';
  return {
    refused: why && why.map((one) => ({ ...one, message: `${words}${one.message}` })),
    entries: mine ? [...judged.reviews, { ...mine.entry, grant: record.id }] : [],
  };
}

/** Why it is no longer given; null if it still is. */
function objections(
  { digest }: Giving,
  { change, decision }: DecidedChange,
): readonly Reason[] | null {
  if (!isDigestOf(change.effect, digest)) {
    const message =
      'what it would give is no longer what was approved: the catalog or an identity has changed';
    return [{ code: 'effect_changed', message }];
  }
  if (decision.outcome === 'approved') return null;
  return refusal(decision, 'an approval that it needs no longer counts');
}
