import { z } from 'zod';
import type { Holding } from '../../core/grant/record.js';
import { TargetFault } from '../../ports.js';
import type { Call, Slot } from '../../ports.js';
import type { GitHub } from '../github/connect.js';
import { assertCalled, numericId } from '../github/entitlement.js';
import { unlessGone } from '../github/fault.js';
import { protectedBy } from '../github/guard.js';
import type { HowToSet } from '../github/organization.js';
import { accountLogin } from '../github/people.js';
import { organizationProvider } from '../github/provider.js';
import {
  invitedAfter,
  readRepository,
  REPOSITORY_LEVELS,
  rolesOn,
  strongest,
  uninvited,
} from './repositories.js';
import type {
  KeptInvitations,
  RepositoryAccess,
  RepositoryRoles,
  TargetRepository,
} from './repositories.js';

const entitlement = z.strictObject({
  repository: z
    .string('must be owner/name')
    .regex(/^[A-Za-z0-9-]{1,39}\/[A-Za-z0-9._-]{1,100}$/, 'must be owner/name'),
  repository_id: numericId('repository'),
  permission: z.enum(REPOSITORY_LEVELS, `must be one of ${REPOSITORY_LEVELS.join(', ')}`),
});

/** A role that a person has directly on a repository of one organisation. */
export const githubCollaborator = organizationProvider({
  type: 'github-collaborator',
  join: strongest,
  entitlement,
  gives: ({ repository, repository_id, permission }) => ({
    on: { kind: 'repository', name: repository, id: repository_id },
    level: permission,
  }),
  ...{ read: readRepository, holdings: heldBy, list, set },
});

/** GitHub does not say who gave a role, so what is direct counts as ours; the baseline keeps what was there before. */
function holdings(roles: RepositoryAccess | undefined): Holding[] {
  if (!roles) return [];
  const pending = strongest(roles.invitations.filter((i) => !i.expired).map((i) => i.level));
  return [
    ...(roles.direct ? [{ level: roles.direct, origin: 'ours' as const }] : []),
    ...(pending ? [{ level: pending, origin: 'pending' as const }] : []),
    ...(roles.inherited ? [{ level: roles.inherited, origin: 'inherited' as const }] : []),
  ];
}

function heldBy(_: GitHub, { roles }: RepositoryRoles, identity: string): Holding[] {
  return holdings(roles.get(identity));
}

const listed = z
  .object({
    repositories: z.array(
      z.object({
        id: z.number().int(),
        name: z.string(),
        owner: z.object({ login: z.string() }),
      }),
    ),
  })
  .transform((page) => page.repositories);

async function list(github: GitHub) {
  const all = await github.list('GET /installation/repositories', {}, listed);
  const found: { slot: Slot; holdings: Holding[] }[] = [];
  for (const { id, name, owner } of all) {
    const at = { id, owner: owner.login, repo: name };
    const { roles } = await rolesOn(github, at, null, {});
    for (const [identity, one] of roles)
      found.push({ slot: { object: String(id), identity }, holdings: holdings(one) });
  }
  return found.filter((one) => one.holdings.length > 0);
}

async function set(
  github: GitHub,
  seen: RepositoryRoles,
  slot: Slot,
  level: string | null,
  call: Call,
  how: HowToSet,
): Promise<KeptInvitations | null> {
  const { at } = seen;
  const roles = seen.roles.get(slot.identity);
  const act = (route: string, parameters: object) =>
    github.call(route, { owner: at.owner, repo: at.repo, ...parameters }, z.unknown(), how);
  const cancel = async (expired: boolean) => {
    for (const { id } of roles?.invitations.filter((i) => i.expired === expired) ?? [])
      await unlessGone(
        act('DELETE /repos/{owner}/{repo}/invitations/{invitation_id}', { invitation_id: id }),
      );
  };
  if (level === null) {
    await cancel(false);
    await cancel(true);
    if (!roles?.direct) return null;
    const who = { username: roles.login };
    await unlessGone(act('DELETE /repos/{owner}/{repo}/collaborators/{username}', who));
    return uninvited(seen, slot.identity);
  }
  const found = holdings(roles).filter(({ origin }) => origin !== 'inherited');
  const before = strongest(found.map((holding) => holding.level));
  const gives = strongest([before ?? '', level]) !== before;
  if (gives && call.takes_only) return null;
  if (gives) await mayGive(github, at, call);

  const [open] = roles?.invitations.filter((i) => !i.expired) ?? [];
  if (roles?.direct === level || (!roles?.direct && open?.level === level)) return null;
  if (open && !roles?.direct) {
    const permissions = INVITED[level] ?? level;
    const route = 'PATCH /repos/{owner}/{repo}/invitations/{invitation_id}';
    await act(route, { invitation_id: open.id, permissions });
    return null;
  }
  await cancel(true);
  const lowered = !gives && how.just_told ? roles?.login : undefined;
  const username = lowered ?? (await accountLogin(github, slot.identity, how));
  const route = 'PUT /repos/{owner}/{repo}/collaborators/{username}';
  const answer = await act(route, { username, permission: level });
  return gives ? invitedAfter(seen, slot.identity, answer) : uninvited(seen, slot.identity);
}

/** What invitations call the levels, where the word differs. */
const INVITED: Readonly<Record<string, string>> = { pull: 'read', push: 'write' };

/** Throws if the name in the catalog is not the current one, or if this gives power over Daypass (invariant 9). */
async function mayGive(github: GitHub, at: TargetRepository, call: Call): Promise<void> {
  const { repository_id } = await protectedBy(github);
  if (at.id === repository_id)
    throw new TargetFault('Daypass gives nobody access to the access repository', true);
  const called = entitlement.safeParse(call.entitlement).data?.repository;
  assertCalled('repository', { id: at.id, name: `${at.owner}/${at.repo}` }, called);
}
