import type { Change } from '../../../src/core/change/change.js';
import type { ChangeKind } from '../../../src/core/grant/effect.js';
import type { AskedRequirement, PolicyAnswer } from '../../../src/core/decision/facts.js';
import type { DeclaredGrant } from '../../../src/core/grant/grant.js';
import type { GrantRecord } from '../../../src/core/grant/record.js';
import { entitled, landing, record, told } from '../../../lab/acme/story.js';
import { person } from './people.js';

const lines = { subject: 1, resource: 2, role: 3, duration: 4, reason: 5, ticket: 6 };

/** A change of alice's grant, with the digest `d1`. */
export function change(
  kind: ChangeKind = 'added',
  declared: Partial<DeclaredGrant> = {},
  from: GrantRecord | null = kind === 'added'
    ? null
    : record(told.approved(), told.activating(1), told.activated(1)),
): Change {
  const grant = { ...landing.declared, lines, ...declared };
  return {
    kind,
    path: grant.path,
    environment: grant.environment,
    from,
    to:
      kind === 'withdrawn'
        ? null
        : { declared: grant, subject: { ...person('alice'), member: true }, entitled },
    effect: {
      path: grant.path,
      environment: grant.environment,
      kind,
      from: from && { grant: from.id, window: from.window_declared },
      subject_id: 101,
      provider: 'postgres',
      target: 'orders',
      identity: 'alice_s',
      entitlement: entitled.entitlement,
      role: grant.role,
      risk: 'normal',
      native_expiry: 'none',
      window: grant.window,
      scope: grant.scope,
      break_glass: false,
      reason: grant.reason,
      ticket: grant.ticket,
    },
    digest: 'd1',
  };
}

/** What a policy answers: nothing, unless given. */
export const answer = (said: Partial<PolicyAnswer> = {}): PolicyAnswer => ({
  deny: [],
  warn: [],
  require: [],
  approve: [],
  ...said,
});

export const requires = (
  rule: string,
  any_of: { teams?: string[]; users?: string[] },
  count = 1,
  exclude: number[] = [],
): AskedRequirement => ({
  rule,
  message: `${rule} must approve`,
  any_of: { teams: any_of.teams ?? [], users: any_of.users ?? [] },
  count,
  exclude,
});
