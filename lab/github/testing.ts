import { createSign, generateKeyPairSync } from 'node:crypto';
import type { SeedInput } from './seed.js';

/** An RSA key in PEM; two are enough for every test: the app's, and one that is not. */
const newKey = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).privateKey;

export const APP_KEY = newKey();
export const OTHER_KEY = newKey();

export interface Claims {
  readonly iss?: string | number;
  readonly iat?: number;
  readonly exp?: number;
}

/** A JWT signed by an app; `now` in seconds since 1970. */
export function signJwt(key: string, claims: Claims = {}, now = Math.floor(Date.now() / 1000)) {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const body = { iss: 4242, iat: now - 30, exp: now + 300, ...claims };
  const text = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(body)}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(key, 'base64url')}`;
}

/** A small organisation: alice asks, bob and erin (in a child team) approve, mallory may read, root owns. */
export function seed(webhook_url?: string): SeedInput {
  const people = { root: 1, alice: 101, bob: 102, carol: 103, erin: 104, mallory: 105, zed: 106 };
  const logins = Object.keys(people) as (keyof typeof people)[];
  return {
    tokens: Object.fromEntries(logins.map((login) => [`tok_${login}`, { login }])),
    users: logins.map((login) => ({ login, id: people[login], email: `${login}@acme.test` })),
    orgs: [
      {
        login: 'acme',
        id: 5000,
        members: [
          { login: 'root', role: 'admin' },
          { login: 'alice' },
          { login: 'bob' },
          { login: 'carol' },
        ],
      },
    ],
    teams: [
      { org: 'acme', slug: 'payments', id: 6000, members: ['bob'] },
      {
        org: 'acme',
        slug: 'payments-eu',
        parent: 'payments',
        privacy: 'secret',
        members: ['erin'],
      },
      { org: 'acme', slug: 'outside', members: ['carol'], repos: {} },
    ],
    repos: [
      {
        owner: 'acme',
        name: 'access',
        id: 7000,
        private: true,
        files: { 'README.md': 'one\ntwo\nthree\nfour\nfive\n' },
        collaborators: { mallory: 'read' },
        protection: { required_checks: [{ name: 'daypass', app_id: 4242 }] },
      },
    ],
    apps: [
      {
        app_id: 4242,
        slug: 'daypass',
        private_key: APP_KEY,
        permissions: {
          checks: 'write',
          contents: 'read',
          pull_requests: 'write',
          issues: 'write',
          members: 'read',
        },
        events: ['push', 'pull_request', 'pull_request_review', 'check_run', 'membership'],
        webhook_secret: 's3cret',
        ...(webhook_url === undefined ? {} : { webhook_url }),
        installations: [{ id: 77, account: 'acme' }],
      },
      {
        app_id: 4343,
        slug: 'other',
        private_key: OTHER_KEY,
        permissions: { checks: 'write', contents: 'write' },
        installations: [{ id: 78, account: 'acme' }],
      },
    ],
  };
}
