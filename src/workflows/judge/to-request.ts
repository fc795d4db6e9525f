import { fingerprint } from '../../core/reading/canonical.js';
import { decisions, waitingFor } from '../../core/report/report.js';
import type { Ledger, Reviewers } from '../../ports.js';
import type { Judged } from './changes.js';

/** Whom to request now, and GitHub's answer when they were requested before. */
export interface ToRequest {
  readonly reviewers: Reviewers | null;
  /** All who will have been requested afterwards; null if nobody is added. */
  readonly requested: Requested | null;
  readonly refused: string | null;
}

/** Who was requested for a set of changes. */
interface Requested {
  readonly of: string;
  readonly teams: readonly string[];
  readonly users: readonly string[];
}

export const NOBODY: ToRequest = { reviewers: null, requested: null, refused: null };

/**
 * Each reviewer that the decisions wait for is requested once for a set of changes, even if others approve meanwhile.
 */
export async function toRequest(
  { ledger }: { readonly ledger: Pick<Ledger, 'shown'> },
  number: number,
  judged: Pick<Judged, 'changes' | 'policies'>,
): Promise<ToRequest> {
  const decided = { changes: judged.changes, policies: judged.policies?.decided ?? null };
  const who = waitingFor(decided);
  if (who.teams.length + who.users.length === 0) return NOBODY;
  const digests = decisions(decided).map(({ change }) => change.digest);
  const of = fingerprint(digests);
  const shown = (await ledger.shown(number)).requested;
  const last =
    shown === null ? null : (JSON.parse(shown) as Requested & { refused: string | null });
  const before = last?.of === of ? last : { of, teams: [], users: [], refused: null };
  const teams = who.teams.filter((team) => !before.teams.includes(team));
  const users = who.users.filter((user) => !before.users.includes(user));
  if (teams.length + users.length === 0) return { ...NOBODY, refused: before.refused };
  return {
    reviewers: { number, teams, users },
    requested: { of, teams: [...before.teams, ...teams], users: [...before.users, ...users] },
    refused: null,
  };
}
