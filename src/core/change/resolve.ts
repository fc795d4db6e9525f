import { EVERY_ACTION } from '../policy/data-at-use.js';
import { pointsBefore } from '../policy/enforcement/point.js';
import { targetIn, type OfferedRole, type PolicyData } from '../policy/catalog.js';
import type { Entitled, NativeExpiry } from '../grant/effect.js';
import type { DeclaredGrant, PartialGrant } from '../grant/grant.js';
import { identityOf } from '../policy/identity.js';
import type { Account } from '../grant/person.js';
import type { CatalogProvider } from '../policy/data-catalog.js';
import { own, quote, someOf, type Parsed, type Problem } from '../reading/problem.js';
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
    offered: OfferedRole,
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
 * scope that neither the target nor an enforcement point would enforce (invariant 19). Policy decides whether the person may have the access.
 */
export function resolveGrant(declared: DeclaredGrant, against: Against): Parsed<ResolvedGrant> {
  const { problems, say, subject, role, target, provider, points } = lookUp(declared, against);
  if (!subject || !role || target === null || !provider) return { ok: false, problems };

  const who = identityOf(against.data.identities, provider, declared.subject, subject.id);
  const why = who.ok ? provider.checkIdentity(who.identity) : null;
  if (!who.ok) say('subject', who.code, who.why);
  else if (why !== null) {
    say('subject', 'identity_refused', `the identity ${quote(who.identity)} ${why}`);
  }
  if (problems.length > 0 || !who.ok) return { ok: false, problems };

  const slot = provider.slot(role.entitlement, who.identity, declared);
  const { entitlement, risk, ...at_use } = role;
  const entitled: Entitled = {
    slot: { provider: provider.type, target, object: slot.object, identity: slot.identity },
    level: slot.level,
    ...{ entitlement, risk },
    native_expiry: provider.native_expiry,
    enforces_scope: provider.enforces_scope,
    ...(declared.scope && !provider.enforces_scope && { scope_points: points }),
    ends_sessions: provider.ends_sessions,
    keep_sessions: slot.keep_sessions,
    ...(slot.leaves_traces && { leaves_traces: true }),
    ...(at_use.actions && { at_use }),
  };
  return { ok: true, value: { declared, subject, entitled } };
}

/** The problems of the names that could be read in a file that has other problems; nothing about those that could not. */
export function unknownNames(part: PartialGrant, against: Against): readonly Problem[] {
  return lookUp(part, against).problems;
}

/** What the names in a file stand for, and a problem for each that stands for nothing. */
function lookUp(named: PartialGrant, against: Against) {
  const problems: Problem[] = [];
  const say: SayOfKey = (key, code, message) => {
    const { path, lines } = named;
    // The environment is in the path, not in a key of the file.
    const about = key === 'environment' ? {} : { key };
    const line = own(lines, key) ?? null;
    problems.push({ path, line, code, ...about, message: `${key}: ${message}` });
  };
  const subject = subjectIn(named, against, say);
  const found = roleIn(named, against, say);
  const points = guardians(named, against.data);
  if (named.scope && found.provider && !found.provider.enforces_scope && points.length === 0) {
    const { type } = found.provider;
    const message = `${type} cannot enforce a scope, and no enforcement point guards the resource here. Remove it from the file.`;
    say('scope', 'scope_not_enforced', message);
  } else if (named.scope && found.role) {
    const { actions = [] } = found.role;
    const known = (action: string) => actions.includes(action) || actions.includes(EVERY_ACTION);
    for (const action of named.scope.actions.filter((one) => !known(one))) {
      const has = actions.length === 0 ? 'It has none.' : `Its actions: ${someOf(actions)}.`;
      const message = `the role does not allow the action ${quote(action)}. ${has}`;
      say('scope', 'scope_not_allowed', message);
    }
  }
  return { problems, say, subject, points, ...found };
}

/** The enforcement points before what a file asks for. */
function guardians({ resource, environment }: PartialGrant, data: PolicyData): readonly string[] {
  if (resource === null || environment === null) return [];
  return pointsBefore(data, { resource, environment });
}

type SayOfKey = (key: GrantKey | 'environment', code: ReasonCode, message: string) => void;

function subjectIn(named: PartialGrant, { accounts }: Against, say: SayOfKey): Account | null {
  if (named.subject === null) return null;
  const account = own(accounts, named.subject.toLowerCase());
  const login = quote(named.subject);
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

function roleIn(named: PartialGrant, { data, providers }: Against, say: SayOfKey) {
  const { environment, resource: name } = named;
  const known = environment !== null && Object.hasOwn(data.settings.environments, environment);
  if (environment !== null && !known) {
    const message = `settings.yaml has no environment ${quote(environment)}, which is in the path. Its environments: ${listed(data.settings.environments)}.`;
    say('environment', 'unknown_environment', message);
  }
  const resource = name === null ? undefined : own(data.catalog, name);
  if (name === null || !resource) {
    if (name !== null) {
      const message = `the catalog has no resource ${quote(name)}. Its resources: ${listed(data.catalog)}.`;
      say('resource', 'unknown_resource', message);
    }
    return { role: undefined, target: null, provider: undefined };
  }
  const role = named.role === null ? undefined : own(resource.roles, named.role);
  const offered = known ? own(resource.environments, environment) : undefined;
  const provider = own(providers, resource.provider);
  if (named.role !== null && !role) {
    const message = `${name} has no role ${quote(named.role)}. Its roles: ${listed(resource.roles)}.`;
    say('role', 'unknown_role', message);
  }
  if (known && !offered) {
    const message = `${name} is not offered in ${quote(environment)}. Its environments: ${listed(resource.environments)}.`;
    say('resource', 'not_offered', message);
  }
  if (!provider) {
    const message = `${name} uses the provider ${quote(resource.provider)}, which Daypass does not have`;
    say('resource', 'unknown_provider', message);
  }
  return { role, target: offered ? targetIn(resource, environment ?? '') : null, provider };
}

/** Names for a message; at most ten. */
function listed(known: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(known).sort();
  const shown = names.slice(0, 10).join(', ');
  return names.length > 10 ? `${shown} and others` : shown || 'none';
}
