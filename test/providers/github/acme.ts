import type { TargetConfig } from '../../../src/ports.js';
import type { SeedInput } from '../../../lab/github/seed.js';
import type { Person } from '../../../lab/github/people.js';
import { person } from '../../../lab/github/people.js';
import { startGitHub } from '../../../lab/github/start.js';
import { APP_KEY, OTHER_KEY } from '../../../lab/github/testing.js';

const TARGETS_APP = 5151;
const people = { root: 1, alice: 101, bob: 102, carol: 103, zed: 106 } as const;
const ORG = 5000;
export const ORDERS = 7001;
export const PAYMENTS = 6000;
export const PAYMENTS_EU = 6003;
export const ACCESS = 7000;

const seed: SeedInput = {
  tokens: Object.fromEntries(Object.keys(people).map((login) => [`tok_${login}`, { login }])),
  users: Object.entries(people).map(([login, id]) => ({ login, id })),
  orgs: [
    {
      login: 'acme',
      id: ORG,
      default_permission: 'none',
      members: [{ login: 'root', role: 'admin' }, { login: 'alice' }, { login: 'bob' }],
    },
  ],
  teams: [
    { org: 'acme', slug: 'payments', id: PAYMENTS, repos: { orders: 'write' } },
    { org: 'acme', slug: 'synced', id: 6004, synchronised: true, members: ['bob'], repos: {} },
    { org: 'acme', slug: 'payments-eu', id: PAYMENTS_EU, parent: 'payments', repos: {} },
  ],
  repos: [
    { owner: 'acme', name: 'access', id: ACCESS, private: true },
    { owner: 'acme', name: 'orders', id: ORDERS, private: true },
  ],
  apps: [
    {
      app_id: 4242,
      slug: 'daypass',
      private_key: APP_KEY,
      permissions: { members: 'read' },
      installations: [{ id: 77, account: 'acme', repositories: ['access'] }],
    },
    {
      app_id: TARGETS_APP,
      slug: 'daypass-targets',
      private_key: OTHER_KEY,
      permissions: { administration: 'write', members: 'write' },
      installations: [{ id: 78, account: 'acme', repositories: ['orders'] }],
    },
  ],
};

/** acme with a repository and teams to give, and the targets' App, which is not installed on the access repository. */
export async function startAcme() {
  const github = await startGitHub(seed);
  const as = (login: keyof typeof people): Person => person(github.url, `tok_${login}`);
  /** The teams that nobody may be given, with the reason. */
  const refused = new Map<number, string>();
  const config: TargetConfig = {
    url: `${github.url}/orgs/acme`,
    forbidden: [],
    app: {
      id: TARGETS_APP,
      private_key: OTHER_KEY,
      protects: () =>
        Promise.resolve({
          repository_id: ACCESS,
          repository: 'acme/access',
        }),
      refusesTeam: ({ id }) => Promise.resolve(refused.get(id) ?? null),
    },
  };
  const fault = (match: object, what: object, times = 1) =>
    fetch(`${github.url}/_stand-in/faults`, {
      method: 'POST',
      body: JSON.stringify({ match, do: what, times }),
    });
  return { github, state: github.state, config, refused, root: as('root'), as, fault };
}
export type Acme = Awaited<ReturnType<typeof startAcme>>;
