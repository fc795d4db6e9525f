import type { PolicyData } from '../policy/catalog.js';
import {
  hasClaims,
  pointsOf,
  type EnforcementPoint,
  type OidcCaller,
} from '../policy/enforcement/point.js';
import {
  subjectFinder,
  subjectSpeller,
  type FindsSubject,
  type SpellsSubject,
} from '../policy/enforcement/subject.js';
import { own } from '../reading/problem.js';

/** The claims of a token whose signature was verified. */
export type Claims = Readonly<Record<string, unknown>>;

/** How a caller has proved itself. Which enforcement point that is, the policy in force says. */
export type ShownCredential =
  /** It has the secret that the operator set for the point of this name. */
  | { readonly kind: 'token'; readonly name: string }
  /** It has the key of a certificate with these URIs among its names. */
  | { readonly kind: 'mtls'; readonly uris: readonly string[] }
  /** It has a token of this issuer, for these audiences. */
  | {
      readonly kind: 'oidc';
      readonly issuer: string;
      readonly audiences: readonly string[];
      readonly claims: Claims;
    };

/** An enforcement point, how its names of people become numeric GitHub ids and back, and whom its own token names. */
export interface Caller {
  readonly point: EnforcementPoint;
  readonly find: FindsSubject;
  readonly spell: SpellsSubject;
  /** The login of somebody in identities.yaml; undefined where it does not list them. */
  readonly loginOf: SpellsSubject;
  /** The claim that says whose use it is; null where the question says that. */
  readonly claimed: { readonly claim: string; readonly value: unknown } | null;
}

/** The enforcement points of a policy by what proves that a caller is one. */
export interface Callers {
  /** The one enforcement point that this proves; null where it proves none, or more than one. */
  of(shown: ShownCredential): Caller | null;
  /** What callers may prove by tokens of an issuer. */
  readonly trusting: (issuer: string) => readonly OidcCaller[];
}

/** Made once for each policy: it goes through everybody in identities.yaml. */
export function callersOf(data: PolicyData): Callers {
  const tokens = new Map<string, Caller>();
  const certificates = new Map<string, Caller>();
  const loginOf = subjectSpeller({ subject: { from: 'person' } }, data.identities);
  const issuers = new Map<string, { readonly caller: Caller; readonly by: OidcCaller }[]>();
  for (const point of pointsOf(data)) {
    const find = subjectFinder(point, data.identities);
    const spell = subjectSpeller(point, data.identities);
    const caller = { point, find, spell, loginOf, claimed: null };
    const { credential } = point;
    if (credential.kind === 'token') tokens.set(point.name, caller);
    else if (credential.kind === 'mtls') certificates.set(credential.uri, caller);
    else
      issuers.set(credential.issuer, [
        ...(issuers.get(credential.issuer) ?? []),
        { caller, by: credential },
      ]);
  }
  const proved = (shown: ShownCredential): readonly Caller[] => {
    if (shown.kind === 'token') return listed(tokens.get(shown.name));
    if (shown.kind === 'mtls')
      return [...new Set(shown.uris)].flatMap((uri) => listed(certificates.get(uri)));
    const { issuer, audiences, claims } = shown;
    return (issuers.get(issuer) ?? [])
      .filter(({ by }) => audiences.includes(by.audience) && hasClaims(by, claims))
      .map(({ caller }) => withClaim(caller, claims));
  };
  return {
    of: (shown) => {
      const [only, ...others] = proved(shown);
      return only && others.length === 0 ? only : null;
    },
    trusting: (issuer) => (issuers.get(issuer) ?? []).map(({ by }) => by),
  };
}

const listed = (found: Caller | undefined): readonly Caller[] => (found ? [found] : []);

function withClaim(caller: Caller, claims: Claims): Caller {
  const { subject } = caller.point;
  if (subject.from !== 'claim') return caller;
  return { ...caller, claimed: { claim: subject.claim, value: own(claims, subject.claim) } };
}
