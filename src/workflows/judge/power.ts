import type { PolicyData } from '../../core/policy/catalog.js';
import type { Change } from '../../core/change/change.js';
import { less } from '../../core/grant/effect.js';
import type { Reason } from '../../core/reading/reason.js';
import type { DecisionMoment, Source } from '../../core/ledger/events.js';
import { approverTeams, type ApproverIds } from '../../core/policy/approvers.js';
import { teamsGiven } from '../../core/policy/data-power.js';
import { powerOverDaypass } from '../../core/policy/power.js';
import type { Snapshot } from '../../core/change/snapshot.js';
import { EngineFault, TargetFault } from '../../ports.js';
import type { GovernedTeam, World } from '../../ports.js';
import { policyInForce } from './in-force.js';

/** What is needed to find out who governs Daypass. */
export type PowerWorld = Pick<World, 'ledger' | 'policy' | 'pullRequests'>;

/** The teams that a snapshot must contain: those that approve, and those that may be given. */
export function teamsToRead({ providers }: Pick<World, 'providers'>, data: PolicyData) {
  return { teams: approverTeams(data), given: teamsGiven(data, providers) };
}

/**
 * The core's refusal of a change that would give power over Daypass, whatever the policy says (invariant 9). If it
 * cannot be determined, that is a denial (invariant 3); before activation it is thrown, so that the grant waits
 * (invariant 16).
 */
export async function powerDenials(
  world: Pick<World, 'providers' | 'ledger'>,
  ids: ApproverIds,
  change: Change,
  { teams, families }: Pick<Snapshot, 'teams' | 'families'>,
  moment: DecisionMoment,
): Promise<readonly Reason[]> {
  if (!change.to || less(change)) return [];
  const { slot, entitlement } = change.to.entitled;
  const given = world.providers[slot.provider]?.onGitHub?.(entitlement);
  if (!given) return [];
  const { started } = await world.ledger.state();
  if (!started) {
    const message = 'Daypass has not started yet';
    return [{ code: 'first_start_pending', rule: 'core/power', message }];
  }
  const { repository_id } = started.source;
  const refused = powerOverDaypass(given, { repository_id, approvers: teams, ids, families });
  if (!refused) return [];
  if (refused.could_not_tell && moment === 'activation') throw unknown(refused.why);
  const message = refused.could_not_tell
    ? refused.why
    : `Daypass gives nobody power over itself: ${refused.why}`;
  const code = refused.could_not_tell ? 'power_unknown' : 'power_over_daypass';
  return [{ code, rule: 'core/power', message }];
}

/**
 * Why nobody may be given a team, by the current state of GitHub and the policy in force; null if they may. Asked
 * before each call that gives (invariant 9). Throws a temporary `TargetFault` if it cannot be determined.
 */
export async function refusesTeam(world: PowerWorld, team: GovernedTeam): Promise<string | null> {
  const { repository_id, owner_id } = await sourceOf(world);
  if (team.organization_id !== owner_id) return null;
  const known = await governing(world, team.name).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw unknown(`could not determine what governs Daypass: ${why}`, cause);
  });
  const refused = powerOverDaypass({ kind: 'team', ...team }, { repository_id, ...known });
  if (refused?.could_not_tell) throw unknown(refused.why);
  return refused?.why ?? null;
}

/**
 * The access repository, to which Daypass gives nobody access (invariant 9). Throws a temporary `TargetFault` before
 * first start.
 */
export async function protects(world: Pick<World, 'ledger'>, repository: string) {
  const { repository_id } = await sourceOf(world);
  return { repository_id, repository };
}

async function sourceOf({ ledger }: Pick<World, 'ledger'>): Promise<Source> {
  const { started } = await ledger.state();
  if (!started) {
    const code = 'first_start_pending';
    throw new TargetFault('the access repository is not known yet', false, { code });
  }
  return started.source;
}

function unknown(why: string, cause?: unknown): TargetFault {
  return new TargetFault(why, false, { cause, code: 'power_unknown' });
}

async function governing(world: PowerWorld, family: string) {
  const policy = await policyInForce(world);
  if (!policy) throw new EngineFault('no policy is in force yet');
  const asked = { teams: approverTeams(policy.data), families: [family] };
  const { teams, families } = await world.pullRequests.governing(asked);
  return { approvers: teams, ids: policy.approvers, families };
}
