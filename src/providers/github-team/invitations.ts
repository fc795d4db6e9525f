import { z } from 'zod';
import { statusOf } from '../../clients/github/requests.js';
import { TargetFault } from '../../ports.js';
import type { GitHub, How } from '../github/connect.js';
import { TEAM_LEVELS, type TargetTeam, type TeamLevel } from './teams.js';

const membership = z.object({ state: z.string(), role: z.enum(TEAM_LEVELS) });

/** The role that an invited person will have in the team, which GitHub's lists of invitations do not show. */
export async function pendingLevel(
  github: GitHub,
  { org, slug }: TargetTeam,
  username: string,
  how: How,
): Promise<TeamLevel> {
  const route = 'GET /orgs/{org}/teams/{team_slug}/memberships/{username}';
  try {
    const found = await github.call(route, { org, team_slug: slug, username }, membership, how);
    if (found.state === 'pending') return found.role;
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
  }
  throw new TargetFault(`the invitation of ${username} changed while it was being read`, false);
}

const invitation = z.object({
  id: z.number().int(),
  login: z.string().nullable(),
  inviter: z.object({ login: z.string() }),
  team_count: z.number().int(),
});

/**
 * The open invitation that would bring somebody into a team, with its author and the number of teams that it is for.
 */
export async function invitationOf(
  github: GitHub,
  { org, slug }: TargetTeam,
  username: string,
  how: How,
): Promise<{ readonly id: number; readonly inviter: string; readonly teams: number } | null> {
  const route = 'GET /orgs/{org}/teams/{team_slug}/invitations';
  const open = await github.list(route, { org, team_slug: slug }, z.array(invitation), how);
  const found = open.find(({ login }) => login?.toLowerCase() === username.toLowerCase());
  return found ? { id: found.id, inviter: found.inviter.login, teams: found.team_count } : null;
}
