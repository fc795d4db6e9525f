import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { SeedInput } from '../github/seed.js';

/** A key for the app, generated for each run, so that none is ever committed. */
export function appKey(): string {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).privateKey;
}

export const APP_ID = 4242;
export const ACCESS_REPOSITORY = 'acme/access';
export const WEBHOOK_SECRET = 'a-webhook-secret-for-tests';

/** The people of acme, with their roles in the starter policy. */
export const PEOPLE = {
  root: { id: 1, is: 'admin of the organisation' },
  alice: { id: 101, is: 'a developer' },
  bob: { id: 102, is: 'of payments, who own orders-db' },
  carol: { id: 103, is: 'of the security team' },
  dave: { id: 104, is: 'on call' },
  erin: { id: 105, is: 'of the security team, too' },
  frank: { id: 106, is: 'another developer' },
} as const;
export type Name = keyof typeof PEOPLE;

/** The starter's `policies/`, as `daypass init` copies them: path → content. */
export function starter(): Record<string, string> {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const entries = readdirSync(join(root, 'policies'), { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [file.slice(root.length), readFileSync(file, 'utf8')]),
  );
}

/** Who the people of acme are at its databases: each has a login of their own name. */
export const IDENTITIES = `patterns: { postgres: 'gh_{login}', github-collaborator: '{id}', github-team: '{id}' }
people:
${Object.entries(PEOPLE)
  .map(([login, { id }]) => `  ${login}: { github_id: ${id}, postgres: ${login} }\n`)
  .join('')}`;

/** The starter's settings with one more target and the environments that it may be used in. */
export function settingsWithTarget(target: string, environments: readonly string[]): string {
  const settings = starter()['policies/settings.yaml'] ?? '';
  return settings.replace('targets:\n', `targets:\n  ${target}: [${environments.join(', ')}]\n`);
}

/** The permissions that the product's own App asks for. */
function asked() {
  const manifest = readFileSync(new URL('../../app.yml', import.meta.url), 'utf8');
  const { default_permissions: permissions, default_events: events } = parse(manifest) as {
    default_permissions: Record<string, 'read' | 'write'>;
    default_events: string[];
  };
  return { permissions, events };
}

/** The organisation acme with the starter in its access repository. */
export function acme(options: {
  readonly privateKey: string;
  readonly webhookUrl: string;
  readonly files?: Readonly<Record<string, string>>;
}): SeedInput {
  const names = Object.keys(PEOPLE) as Name[];
  return {
    tokens: Object.fromEntries(names.map((login) => [`tok_${login}`, { login }])),
    users: names.map((login) => ({ login, id: PEOPLE[login].id, email: `${login}@acme.test` })),
    orgs: [
      {
        login: 'acme',
        id: 7001,
        members: names.map((login) => ({ login, role: login === 'root' ? 'admin' : 'member' })),
      },
    ],
    teams: [
      { org: 'acme', slug: 'payments', members: ['bob'] },
      { org: 'acme', slug: 'security', members: ['carol', 'erin'] },
      { org: 'acme', slug: 'on-call', members: ['dave'] },
    ],
    repos: [
      {
        owner: 'acme',
        name: 'access',
        id: 9001,
        private: true,
        files: {
          ...{ 'README.md': '# Access\n', ...starter(), 'policies/identities.yaml': IDENTITIES },
          ...options.files,
        },
        protection: { required_checks: [{ name: 'daypass', app_id: APP_ID }] },
      },
    ],
    apps: [
      {
        app_id: APP_ID,
        slug: 'daypass',
        private_key: options.privateKey,
        ...asked(),
        webhook_url: options.webhookUrl,
        webhook_secret: WEBHOOK_SECRET,
        installations: [{ id: 77, account: 'acme', repositories: ['access'] }],
      },
    ],
  };
}
