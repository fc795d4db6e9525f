import { z } from 'zod';
import type { Holding } from '../../core/grant/record.js';
import { TargetFault } from '../../ports.js';
import type { Call, Slot } from '../../ports.js';
import type { GitHub, How } from '../github/connect.js';
import { assertCalled, numericId, strongestOf } from '../github/entitlement.js';
import { statusOf } from '../../clients/github/requests.js';
import { unlessGone } from '../github/fault.js';
import { protectedBy } from '../github/guard.js';
import type { HowToSet } from '../github/organization.js';
import { accountLogin, loginOf, memberLogin } from '../github/people.js';
import { organizationProvider } from '../github/provider.js';
import { invitationOf, pendingLevel } from './invitations.js';
import { TEAM_LEVELS, readTeam } from './teams.js';
import type { KeptOwners, TargetTeam, TeamAccess, TeamRoles } from './teams.js';

const entitlement = z.strictObject({
  team: z
    .string('must be organisation/slug')
    .regex(/^[A-Za-z0-9-]{1,39}\/[a-z0-9_][a-z0-9_.-]{0,99}$/, 'must be organisation/slug'),
  team_id: numericId('team'),
  role: z.enum(TEAM_LEVELS, `must be one of ${TEAM_LEVELS.join(', ')}`),
  /** Whether to invite people who are not members of the organisation: accepting makes them members for good. */
  invite: z.boolean('must be true or false').optional(),
});

const join = strongestOf(TEAM_LEVELS);

/** Membership of a team of one organisation. */
export const githubTeam = organizationProvider({
  type: 'github-team',
  join,
  entitlement,
  gives: ({ team, team_id, role }) => ({
    on: { kind: 'team', name: team, id: team_id },
    level: role,
  }),
  ...{ read: readTeam, holdings: heldBy, list, set },
});

/**
 * GitHub does not say who put somebody into a team, so what is direct counts as ours; the baseline keeps what was
 * there before. An owner of the organisation has a maintainer's rights on every team and cannot have less: that is
 * inherited. Daypass can only add an owner to the team and remove them.
 */
async function holdings(github: GitHub, at: TargetTeam, roles: TeamAccess | undefined, how: How) {
  if (!roles) return [];
  const { login, direct, invited, below, owner } = roles;
  const found: Holding[] = [];
  if (direct) found.push({ level: owner ? 'member' : direct, origin: 'ours' });
  if (invited) found.push({ level: await pendingLevel(github, at, login, how), origin: 'pending' });
  const inherited = owner ? 'maintainer' : below ? 'member' : null;
  if (inherited) found.push({ level: inherited, origin: 'inherited' });
  return found;
}

function heldBy(
  github: GitHub,
  { at, roles }: TeamRoles,
  identity: string,
  how: How,
): Promise<Holding[]> {
  return holdings(github, at, roles.get(identity), how);
}

const listed = z.array(z.object({ id: z.number().int() }));

async function list(github: GitHub) {
  const { login: org } = await github.organization();
  const found: { slot: Slot; holdings: Holding[] }[] = [];
  let kept: KeptOwners | null = null;
  for (const { id } of await github.list('GET /orgs/{org}/teams', { org }, listed)) {
    const names = { object: null, login: null };
    const seen: TeamRoles = await readTeam(github, { object: String(id), names, kept, how: {} });
    kept = seen;
    for (const [identity, roles] of seen.roles)
      found.push({
        slot: { object: String(id), identity },
        holdings: await holdings(github, seen.at, roles, {}),
      });
  }
  return found;
}

async function set(
  github: GitHub,
  seen: TeamRoles,
  slot: Slot,
  level: string | null,
  call: Call,
  how: HowToSet,
): Promise<KeptOwners> {
  const { at } = seen;
  const roles = seen.roles.get(slot.identity);
  if (level === null) {
    if (roles) await end(github, at, roles, how);
    return seen;
  }
  const found = await holdings(github, at, roles, how);
  const [mine] = found.filter(({ origin }) => origin !== 'inherited');
  const gives = join([mine?.level ?? '', level]) !== mine?.level;
  if (gives && call.takes_only) return seen;
  if (gives) await mayGive(github, at, call);
  if (mine?.level === level || (roles?.owner && roles.direct)) return seen;
  const joins = !mine && !roles?.owner && !invites(call);
  const known = roles?.login ?? loginOf(seen.told, slot.identity);
  const lowered = !gives && how.just_told ? roles?.login : undefined;
  const username = joins
    ? await memberLogin(github, at.org, { identity: slot.identity, known }, how)
    : (lowered ?? (await accountLogin(github, slot.identity, how)));
  await change(github, 'PUT', at, { username, role: level }, how);
  return seen;
}

/** Takes somebody out of the team. An invitation of ours that is for nothing else is cancelled. */
async function end(github: GitHub, at: TargetTeam, roles: TeamAccess, how: How): Promise<void> {
  const who = { username: roles.login };
  const invitation = roles.invited ? await invitationOf(github, at, roles.login, how) : null;
  const ours = invitation?.inviter === (invitation && (await github.organization()).bot);
  if (invitation && ours && invitation.teams <= 1) {
    const route = 'DELETE /orgs/{org}/invitations/{invitation_id}';
    await unlessGone(
      github.call(route, { org: at.org, invitation_id: invitation.id }, z.unknown(), how),
    );
  } else if (roles.invited || roles.direct) {
    await unlessGone(change(github, 'DELETE', at, who, how));
  }
}

/** Changes one membership; explains GitHub's 403 in words. */
async function change(
  github: GitHub,
  method: 'PUT' | 'DELETE',
  { org, slug }: TargetTeam,
  wish: object,
  how: How,
): Promise<void> {
  const route = `${method} /orgs/{org}/teams/{team_slug}/memberships/{username}`;
  try {
    await github.call(route, { org, team_slug: slug, ...wish }, z.unknown(), how);
  } catch (error) {
    const lasting = error instanceof TargetFault && error.lasting && statusOf(error) === 403;
    if (!lasting || /not accessible by integration/i.test(error.message)) throw error;
    const why = `${error.message}; if an identity provider synchronises the team, only the identity provider can change it`;
    throw new TargetFault(`GitHub lets nobody change ${org}/${slug}: ${why}`, true, {
      cause: error,
    });
  }
}

/** Whether the catalog says to invite people who are not members of the organisation. */
const invites = ({ entitlement: given }: Call): boolean =>
  entitlement.safeParse(given).data?.invite === true;

/** Throws if the name in the catalog is not the current one, or if this gives power over Daypass (invariant 9). */
async function mayGive(github: GitHub, { org, organization_id, id, slug }: TargetTeam, call: Call) {
  await protectedBy(github);
  const name = `${org}/${slug}`;
  const called = entitlement.safeParse(call.entitlement).data?.team;
  assertCalled('team', { id, name }, called);
  const why = await github.app.refusesTeam({ organization_id, name, id });
  if (why !== null) throw new TargetFault(`Daypass gives this to nobody: ${why}`, true);
}
