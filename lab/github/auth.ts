import { verify } from 'node:crypto';
import { z } from 'zod';
import { byId } from './lookup.js';
import { Refusal } from './refusal.js';
import type { App, Identity, State } from './state.js';

export const ANONYMOUS: Identity = {
  actor: null,
  app: null,
  installation: null,
  permissions: null,
  repo_ids: null,
};

const claimsSchema = z.object({
  iss: z.union([z.string(), z.number()]),
  iat: z.number(),
  exp: z.number(),
});

const part = (text: string | undefined): unknown => {
  try {
    return JSON.parse(Buffer.from(text ?? '', 'base64url').toString());
  } catch {
    return null;
  }
};

const undecodable = () => new Refusal(401, 'A JSON web token could not be decoded');

/** GitHub accepts a JWT for ten minutes and a minute's drift. */
const MAX_LIFE_S = 600;
const DRIFT_S = 60;

/**
 * Its times are compared with the stand-in's clock or the machine's, whichever fits, because a client signs by its own
 * clock, which `PUT /_stand-in/clock` does not move.
 */
function checkTimes(exp: number, iat: number, clocks: readonly number[]): void {
  if (!clocks.some((now) => iat <= now + DRIFT_S))
    throw new Refusal(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  if (!clocks.some((now) => exp > now))
    throw new Refusal(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  if (!clocks.some((now) => exp > now && exp <= now + MAX_LIFE_S + DRIFT_S))
    throw new Refusal(401, "'Expiration time' claim ('exp') is too far in the future");
}

/** The app that signed a JWT (RS256, `iss` its id or client id); throws Refusal 401 for anything else. */
function verifyJwt(state: State, jwt: string, real_now: Date): App {
  const [head, payload, signature] = jwt.split('.');
  const header = z.object({ alg: z.literal('RS256') }).safeParse(part(head));
  const claims = claimsSchema.safeParse(part(payload));
  if (!header.success || !claims.success || signature === undefined) throw undecodable();
  const { iss, iat, exp } = claims.data;
  const app = [...state.apps.values()].find(
    (one) => String(one.app_id) === String(iss) || one.client_id === iss,
  );
  if (!app) throw new Refusal(404, 'Integration not found');
  const signed = Buffer.from(`${head}.${payload}`);
  if (!verify('RSA-SHA256', signed, app.public_key, Buffer.from(signature, 'base64url')))
    throw undecodable();
  const seconds = (at: Date) => Math.floor(at.getTime() / 1000);
  checkTimes(exp, iat, [seconds(state.clock.now()), seconds(real_now)]);
  return app;
}

/** Who a token or JWT acts for; throws Refusal 401 if there is nobody (any more). */
export function identify(state: State, secret: string, real_now: Date): Identity {
  const token = state.tokens.get(secret);
  if (token?.kind === 'user') return { ...ANONYMOUS, actor: byId(state.users, token.user_id) };
  if (token?.kind === 'installation' && token.expires_at > state.clock.now()) {
    const installation = byId(state.installations, token.installation_id);
    const app = byId(state.apps, installation.app_id);
    const { permissions, repo_ids } = token;
    return { actor: byId(state.users, app.bot_id), app, installation, permissions, repo_ids };
  }
  if (secret.split('.').length === 3)
    return { ...ANONYMOUS, app: verifyJwt(state, secret, real_now) };
  throw new Refusal(401, 'Bad credentials');
}

/** The secret of an `Authorization` header (`token`, `bearer`, or the password of `basic`), or null without one. */
export function readAuthorization(header: string | undefined): string | null {
  if (header === undefined) return null;
  const [scheme = '', value = ''] = header.trim().split(/\s+/, 2);
  if (/^(token|bearer)$/i.test(scheme)) return value;
  if (!/^basic$/i.test(scheme)) throw new Refusal(401, 'Bad credentials');
  const pair = Buffer.from(value, 'base64').toString();
  const at = pair.indexOf(':');
  // git may send the token as the user name with an empty password.
  return pair.slice(at + 1) || pair.slice(0, Math.max(at, 0));
}
