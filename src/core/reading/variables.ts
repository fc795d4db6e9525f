import { z } from 'zod';

/* Schemas for the variables of an environment. The message of each says what is allowed and never quotes the value. */

/** A whole number; `error` says what is allowed. */
export const wholeNumber = (error: string, min: number, max = Number.MAX_SAFE_INTEGER) =>
  z.coerce.number(error).int(error).min(min, error).max(max, error);
/** A TCP port. */
export const port = wholeNumber('must be a port number from 0 to 65535', 0, 65_535);
/** A connection string. */
export const postgresUrl = z
  .url({
    protocol: /^postgres(ql)?$/,
    error: 'must be a URL such as postgresql://user:password@host:5432/database',
  })
  .max(2000);
/** Any URL of http or https. */
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).max(2000);

/** Where a test's time is read: an address, or a file of this machine. */
export const clockUrl = z
  .url({ protocol: /^(https?|file)$/, error: 'must be an http, https or file URL' })
  .max(2000);

/** Addresses of the machine itself, where nobody can listen in (RFC 6761, RFC 1122). */
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
/** What secrets are sent to. */
export const safeUrl = httpUrl.superRefine((text, context) => {
  if (!URL.canParse(text)) return;
  const { protocol, hostname, username, password } = new URL(text);
  const say = (message: string) => context.addIssue({ code: 'custom', message });
  if (protocol !== 'https:' && !LOOPBACK.test(hostname)) say('must be https, except on localhost');
  if (username + password !== '') say('must not contain a user or password');
});

/** Where others find a process: no path, because what is well known stands at the root of a host (RFC 8615). */
export const publicUrl = safeUrl
  .refine((text) => !URL.canParse(text) || isOrigin(new URL(text)), {
    error: 'must have no path, no query and no fragment, such as https://pdp.example.org',
  })
  .transform((text) => new URL(text).origin);

const isOrigin = ({ pathname, search, hash }: URL): boolean =>
  pathname === '/' && search === '' && hash === '';

/** One secret, or two during a rotation (Standard Webhooks 1.0.0: 24 to 64 bytes). */
export const eventsSecret = z
  .string()
  .transform((text) => text.trim().split(/\s+/))
  .refine((all) => all.length <= 2 && all.every(isSecret), {
    error:
      'must be whsec_ followed by the base64 of 24 to 64 bytes, or two of those with a space between them during a rotation',
  });

function isSecret(text: string): boolean {
  const [, base64 = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const key = Buffer.from(base64, 'base64');
  return key.length >= 24 && key.length <= 64 && key.toString('base64') === base64;
}

/** A private key. */
export const pem = z
  .string('is missing: set PRIVATE_KEY or PRIVATE_KEY_PATH')
  .includes('PRIVATE KEY-----', { error: 'must be a PEM private key' });

export const certificate = z
  .string()
  .includes('BEGIN CERTIFICATE-----', { error: 'must be a PEM certificate' });

/** `owner/name`. */
export const accessRepository = z
  .string('is missing: set it to the owner/name of the access repository')
  .regex(
    /^[A-Za-z0-9-]{1,39}\/[A-Za-z0-9._-]{1,100}$/,
    'must be owner/name, for example acme/access',
  );
/** The base of GitHub's REST API. */
export const githubApiUrl = safeUrl.default('https://api.github.com');

/** A person's own token of GitHub. */
export const personToken = z
  .string()
  .regex(/^[\x21-\x7e]{1,1000}$/, 'must be a token, without spaces and line breaks');
