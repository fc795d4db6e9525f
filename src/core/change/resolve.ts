import type { PolicyData } from '../policy/catalog.js';
import type { Entitled, NativeExpiry } from '../grant/effect.js';
import type { DeclaredGrant } from '../grant/grant.js';
import { identityOf } from '../policy/identity.js';
import type { Account } from '../grant/person.js';
import type { CatalogProvider } from '../policy/data-catalog.js';
import { own, quote, type Parsed, type Problem } from '../reading/problem.js';
import type { GrantKey, ReasonCode } from '../reading/reason.js';

/** A declared grant whose subject, role and slot are known. */
export interface ResolvedGrant {
  readonly declared: DeclaredGrant;
  readonly subject: Account;
  readonly entitled: Entitled;
}

/** What a grant is resolved with: what its provider can do, and the slot that it computes. */
export interface SlotProvider extends CatalogProvider {
  readonly native_expiry: NativeExpiry;
  readonly enforces_scope: boolean;
  readonly ends_sessions: boolean;
  slot(
    entitlement: Readonly<Record<string, unknown>>,
    identity: string,
  ): {
    readonly object: string;
    readonly identity: string;
    readonly level: string;
    readonly keep_sessions: boolean;
    readonly leaves_traces?: boolean;
  };
}

/** What grants are resolved against. */
export interface Against {
  readonly data: PolicyData;
  /** By login in lower case; null where GitHub has no such account. */
  readonly accounts: Readonly<Record<string, Account | null>>;
  readonly providers: Readonly<Record<string, SlotProvider>>;
}

/**
 * Finds the person, the role and the slot of a declared grant. Anything unknown is a problem (invariant 3), and so is a
 * scope that nothing would enforce (invariant 19). Policy decides whether the person may have the access.
 */
export function resolveGrant(declared: DeclaredGrant, against: Against): Parsed<ResolvedGrant> {
  const problems: Problem[] = [];
  const say: Say = (key, code, message) => {
    const { path, lines } = declared;
    // The environment is in the path, not in a key of the file.
    const about = key === 'environment' ? {} : { key };
    const line = own(lines, key) ?? null;
    problems.push({ path, line, code, ...about, message: `${key}: ${message}` });
  };
  const subject = subjectIn(declared, against, say);
  const found = roleIn(declared, against, say);
  if (!subject || !found) return { ok: false, problems };

  const { provider, target, role } = found;
  if (declared.scope && !provider.enforces_scope) {
    const message = `${provider.type} cannot enforce a scope. Remove it from the file.`;
    say('scope', 'scope_not_enforced', message);
  }
  const who = identityOf(against.data.identities, provider.type, declared.subject, subject.id);
  const why = who.ok ? provider.checkIdentity(who.identity) : null;
  if (!who.ok) say('subject', who.code, who.why);
  else if (why !== null) {
    say('subject', 'identity_refused', `the identity ${quote(who.identity)} ${why}`);
  }
  if (problems.length > 0 || !who.ok) return { ok: false, problems };

  const slot = provider.slot(role.entitlement, who.identity);
  const entitled: Entitled = {
    slot: { provider: provider.type, target, object: slot.object, identity: slot.identity },
    level: slot.level,
    entitlement: role.entitlement,
    risk: role.risk,
    native_expiry: provider.native_expiry,
    enforces_scope: provider.enforces_scope,
    ends_sessions: provider.ends_sessions,
    keep_sessions: slot.keep_sessions,
    ...(slot.leaves_traces && { leaves_traces: true }),
  };
  return { ok: true, value: { declared, subject, entitled } };
}

type Say = (key: GrantKey | 'environment', code: ReasonCode, message: string) => void;

function subjectIn(declared: DeclaredGrant, { accounts }: Against, say: Say): Account | null {
  const account = own(accounts, declared.subject.toLowerCase());
  const login = quote(declared.subject);
  if (!account) {
    const why =
      account === null ? 'GitHub has no account' : 'Daypass has not looked up the account';
    say('subject', 'unknown_subject', `${why} ${login}`);
    return null;
  }
  if (account.type === 'User') return account;
  const message = `${login} is an account of type ${account.type}. Only people can get access.`;
  say('subject', 'unknown_subject', message);
  return null;
}

function roleIn(declared: DeclaredGrant, { data, providers }: Against, say: Say) {
  const { environment, resource: name } = declared;
  const resource = own(data.catalog, name);
  if (!Object.hasOwn(data.settings.environments, environment)) {
    const known = named(data.settings.environments);
    const message = `settings.yaml has no environment ${quote(environment)}, which is in the path. Its environments: ${known}.`;
    say('environment', 'unknown_environment', message);
  }
  if (!resource) {
    const message = `the catalog has no resource ${quote(name)}. Its resources: ${named(data.catalog)}.`;
    say('resource', 'unknown_resource', message);
    return null;
  }
  const role = own(resource.roles, declared.role);
  const offered = own(resource.environments, environment);
  const provider = own(providers, resource.provider);
  if (!role) {
    const known = named(resource.roles);
    const message = `${name} has no role ${quote(declared.role)}. Its roles: ${known}.`;
    say('role', 'unknown_role', message);
  }
  if (!offered) {
    const known = named(resource.environments);
    const message = `${name} is not offered in ${quote(environment)}. Its environments: ${known}.`;
    say('resource', 'not_offered', message);
  }
  if (!provider) {
    const message = `${name} uses the provider ${quote(resource.provider)}, which Daypass does not have`;
    say('resource', 'unknown_provider', message);
  }
  if (!role || !offered || !provider) return null;
  return { role, provider, target: offered.target };
}

/** Names for a message; at most ten. */
function named(known: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(known).sort();
  const shown = names.slice(0, 10).join(', ');
  return names.length > 10 ? `${shown} and others` : shown || 'none';
}
