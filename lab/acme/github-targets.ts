import { isForAGrant } from '../github/calls.js';
import type { SeedInput } from '../github/seed.js';
import { PEOPLE, appKey } from './acme.js';
import type { Installation } from '../processes/installation.js';

/** The app by which Daypass gives access on GitHub, which is not the one that it judges by. */
export const TARGETS_APP = 5151;
/** The repository `orders`, where that app is installed. */
export const ORDERS = 9100;
/** People with an account who are not members of acme. */
export const OUTSIDE = { zed: 107, yan: 108, xia: 109 } as const;
export type Outsider = keyof typeof OUTSIDE;

const key = appKey();

/** What acme has on GitHub to give, besides people outside and `orders`. */
export interface GitHubTargets {
  /** The permissions of the app. */
  readonly permissions: Readonly<Record<string, 'read' | 'write'>>;
  /**
   * What members may do with every repository. If it is given, the teams of acme have nothing but `access`, where each
   * person may write with a direct role; otherwise everything is as in the seed.
   */
  readonly by_membership?: 'none' | 'read';
  /** People with a direct role on `orders`. */
  readonly readers?: readonly string[];
  readonly teams?: SeedInput['teams'];
}

/** A seed of acme with these. */
export const withTargets =
  ({ permissions, by_membership, readers = [], teams = [] }: GitHubTargets) =>
  (plain: SeedInput): SeedInput => {
    const acme = by_membership ? narrowed(plain, by_membership) : plain;
    const outside = Object.entries(OUTSIDE).map(([login, id]) => ({ login, id }));
    return {
      ...acme,
      tokens: {
        ...acme.tokens,
        ...Object.fromEntries(outside.map(({ login }) => [`tok_${login}`, { login }])),
      },
      users: [...(acme.users ?? []), ...outside],
      teams: [...(acme.teams ?? []), ...teams],
      repos: [
        ...(acme.repos ?? []),
        {
          owner: 'acme',
          name: 'orders',
          id: ORDERS,
          private: true,
          collaborators: all(readers, 'read'),
        },
      ],
      apps: [
        ...(acme.apps ?? []),
        {
          app_id: TARGETS_APP,
          slug: 'daypass-targets',
          private_key: key,
          permissions,
          installations: [{ id: 78, account: 'acme', repositories: ['orders'] }],
        },
      ],
    };
  };

const narrowed = (plain: SeedInput, default_permission: 'none' | 'read'): SeedInput => ({
  ...plain,
  orgs: (plain.orgs ?? []).map((org) => ({ ...org, default_permission })),
  teams: (plain.teams ?? []).map((team) => ({ ...team, repos: { access: 'read' } })),
  repos: (plain.repos ?? []).map((repo) => ({
    ...repo,
    collaborators: all(Object.keys(PEOPLE), 'write'),
  })),
});

const all = <R extends 'read' | 'write'>(names: readonly string[], role: R): Record<string, R> =>
  Object.fromEntries(names.map((name) => [name, role]));

/** How many calls that app has made for grants since the stand-in's list was cleared. */
export const callsForGrants = ({ github }: Installation): number =>
  github.github.calls.list().filter((call) => call.app_id === TARGETS_APP && isForAGrant(call))
    .length;

/** What the worker needs to give access there. */
export const targetsEnvironment = (acme: Installation): Readonly<Record<string, string>> => ({
  TARGETS_APP_ID: String(TARGETS_APP),
  TARGETS_PRIVATE_KEY: key,
  TARGET_ACME_URL: `${acme.github.url}/orgs/acme`,
});
