import { createHmac, createHash, pbkdf2Sync } from 'node:crypto';

/** The role that a URL logs in as. */
export interface Login {
  /** The environment variable that names it, for messages. */
  readonly variable: string;
  readonly role: string;
  readonly password: string;
  readonly database: string;
}

/** Reads a login from a postgres:// URL. The errors name the variable and never quote the URL. */
export function databaseLogin(variable: string, url: string): Login {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new Error(`${variable} is not a URL`);
  }
  if (!/^postgres(ql)?:$/.test(parsed.protocol)) throw new Error(`${variable} is not postgres://…`);
  const role = decoded(variable, parsed.username);
  const password = decoded(variable, parsed.password);
  const database = decoded(variable, parsed.pathname.slice(1));
  if (role === '') throw new Error(`${variable} names no role: postgres://role:password@host/name`);
  if (password === '') throw new Error(`${variable} has no password for its role`);
  if (database === '') throw new Error(`${variable} names no database`);
  return { variable, role, password, database };
}

function decoded(variable: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error(`${variable} is not percent-encoded as a URL must be`);
  }
}

/**
 * PostgreSQL's own form of a SCRAM-SHA-256 password (RFC 5803), so that neither a statement nor the log
 * of a failed one holds the password. `salt` is 16 random bytes.
 */
export function scramVerifier(password: string, salt: Buffer): string {
  const iterations = 4096;
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, iterations, 32, 'sha256');
  const key = (name: string) => createHmac('sha256', salted).update(name).digest();
  const stored = createHash('sha256').update(key('Client Key')).digest('base64');
  const server = key('Server Key').toString('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${server}`;
}
