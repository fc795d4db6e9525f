import type { Team } from '../grant/person.js';
import { own } from '../reading/problem.js';
import type { ApproverIds } from './approvers.js';

/** What an entitlement gives on GitHub, to determine whether it governs Daypass (invariant 9). */
export interface OnGitHub {
  readonly kind: 'repository' | 'team';
  /** `owner/name` of the repository, `organisation/slug` of the team. */
  readonly name: string;
  readonly id: number;
}

/** A team with those above and below it, including itself. */
export interface Family {
  readonly id: number;
  readonly teams: readonly {
    readonly id: number;
    readonly slug: string;
    /** Whether it may write to the access repository. */
    readonly writes: boolean;
  }[];
}

/** What GitHub says about a team that a grant may be for. `elsewhere`: not in the access repository's organisation. */
export type FoundFamily = Family | 'elsewhere' | { readonly unknown: string };

/** What governs Daypass, according to GitHub. */
export interface Governing {
  /** The numeric id of the access repository. */
  readonly repository_id: number;
  /** The approver teams by slug, policy owners among them; null where GitHub knows no such team. */
  readonly approvers: Readonly<Record<string, Team | null>>;
  /** The ids that the policy in force means: a team that is renamed keeps its power. */
  readonly ids: Pick<ApproverIds, 'teams'>;
  /** By `organisation/slug` in lower case. */
  readonly families: Readonly<Record<string, FoundFamily>>;
}

/** Why nobody may be given something; with `could_not_tell` a later look may allow it. */
export interface Refused {
  readonly why: string;
  readonly could_not_tell: boolean;
}

/**
 * Why nobody may be given something on GitHub, or null (invariant 9): it is the access repository, or a team that
 * approves or may write there, or one above or below such a team. What is unknown is refused (invariant 3).
 */
export function powerOverDaypass(given: OnGitHub, by: Governing): Refused | null {
  const { kind, name, id } = given;
  if (kind === 'repository') {
    return id === by.repository_id ? refused(`${name} is the access repository`) : null;
  }
  const found = own(by.families, name.toLowerCase()) ?? { unknown: 'it was not looked up' };
  if (found === 'elsewhere') return null;
  if ('unknown' in found) {
    const why = `Daypass could not determine whether the team ${name} has power over it: ${found.unknown}`;
    return { why, could_not_tell: true };
  }
  if (found.id !== id) {
    const both = `has the id ${id}, but GitHub says ${found.id}`;
    return refused(`the catalog says that the team ${name} ${both}`);
  }
  const named = Object.values(by.approvers).map((team) => team?.id);
  const approvers = new Set<number | null | undefined>([...named, ...Object.values(by.ids.teams)]);
  for (const one of found.teams) {
    const whose =
      one.id === id ? `the team ${name}` : `${one.slug}, above or below the team ${name},`;
    if (approvers.has(one.id)) return refused(`${whose} approves access`);
    if (one.writes) return refused(`${whose} may write to the access repository`);
  }
  return null;
}

function refused(why: string): Refused {
  return { why, could_not_tell: false };
}
