import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const login = z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})$/);
const id = z.number().int().positive();
const role = z.enum(['read', 'triage', 'write', 'maintain', 'admin']);
const permissions = z.record(z.string(), z.enum(['read', 'write', 'admin']));
const teamRole = z.enum(['member', 'maintainer']).default('member');
const member = z
  .union([login, z.strictObject({ login, role: teamRole })])
  .transform((one) => (typeof one === 'string' ? { login: one, role: 'member' as const } : one));

const user = z.strictObject({
  login,
  id,
  type: z.enum(['User', 'Bot']).default('User'),
  name: z.string().nullable().default(null),
  email: z.string().nullable().default(null),
});

const org = z.strictObject({
  login,
  id: id.optional(),
  /** What membership alone allows on the organisation's repositories; `none` for nothing. */
  default_permission: z.union([role, z.literal('none')]).default('write'),
  members: z
    .array(z.strictObject({ login, role: z.enum(['admin', 'member']).default('member') }))
    .default([]),
});

const team = z.strictObject({
  org: login,
  slug: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  id: id.optional(),
  name: z.string().optional(),
  parent: z.string().optional(),
  privacy: z.enum(['closed', 'secret']).default('closed'),
  /** Synchronised by an identity provider. */
  synchronised: z.boolean().default(false),
  members: z.array(member).default([]),
  /** What the team may do on which repository; without it, read all of the organisation's. */
  repos: z.record(z.string(), role).optional(),
});

const protection = z.strictObject({
  required_checks: z
    .array(z.strictObject({ name: z.string(), app_id: id.nullable().default(null) }))
    .default([]),
  strict: z.boolean().default(false),
  enforce_admins: z.boolean().default(false),
  /** Required by a ruleset, and not by the older branch protection. */
  ruleset: z.boolean().default(false),
});

const repo = z.strictObject({
  owner: login,
  name: z.string().regex(/^[A-Za-z0-9._-]+$/),
  id: id.optional(),
  private: z.boolean().default(false),
  default_branch: z.string().default('main'),
  files: z.record(z.string(), z.string()).default({}),
  from: z.string().optional(),
  collaborators: z.record(login, role).default({}),
  /** Protection of the default branch. */
  protection: protection.optional(),
  /** A ruleset that lets nobody create or update branches that do not begin with this, but the Apps that bypass it. */
  confined: z.strictObject({ to: z.string(), bypass: z.array(id).default([]) }).optional(),
});

const app = z.strictObject({
  app_id: id,
  slug: z.string(),
  client_id: z.string().optional(),
  owner: login.optional(),
  private_key_path: z.string().optional(),
  private_key: z.string().optional(),
  permissions,
  events: z.array(z.string()).default([]),
  webhook_url: z.url().optional(),
  webhook_secret: z.string().optional(),
  installations: z
    .array(
      z.strictObject({
        id,
        account: login,
        /** Names of the repositories it is installed on; without it, all of the account. */
        repositories: z.array(z.string()).optional(),
        permissions: permissions.optional(),
      }),
    )
    .default([]),
});

const seedSchema = z.strictObject({
  tokens: z.record(z.string(), z.strictObject({ login })).default({}),
  users: z.array(user).default([]),
  orgs: z.array(org).default([]),
  teams: z.array(team).default([]),
  repos: z.array(repo).default([]),
  apps: z.array(app).default([]),
});

/** A seed as it is written (defaults may be left out). */
export type SeedInput = z.input<typeof seedSchema>;
/** A seed with its defaults, paths absolute. */
export type Seed = z.output<typeof seedSchema>;

/**
 * Checks a seed (YAML that was read) and makes its paths absolute against `folder`.
 * Throws a ZodError that names every mistake.
 */
export function parseSeed(input: unknown, folder: string): Seed {
  const seed = seedSchema.parse(input);
  const absolute = (path: string) => (isAbsolute(path) ? path : join(folder, path));
  return {
    ...seed,
    repos: seed.repos.map((r) => (r.from === undefined ? r : { ...r, from: absolute(r.from) })),
    apps: seed.apps.map((a) =>
      a.private_key_path === undefined
        ? a
        : { ...a, private_key_path: absolute(a.private_key_path) },
    ),
  };
}

/** Reads a seed file; its paths are relative to its own folder. */
export function readSeed(file: string): Seed {
  return parseSeed(parse(readFileSync(file, 'utf8')), dirname(file));
}
