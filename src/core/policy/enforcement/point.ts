/** How proxies ask about a request before they pass it on: nginx; Caddy and Traefik; Envoy. */
export const FORWARD_DIALECTS = ['nginx', 'forwarded', 'envoy'] as const;
export type ForwardDialect = (typeof FORWARD_DIALECTS)[number];

/** What enforcement points may speak: one each, so that no header of another's is believed (invariant 27). */
export const DIALECTS = ['authzen', ...FORWARD_DIALECTS] as const;
export type Dialect = (typeof DIALECTS)[number];

/** Whether a point asks about calls that go through a proxy. */
export function asksForward(
  point: EnforcementPoint,
): point is EnforcementPoint & { readonly speaks: ForwardDialect } {
  return point.speaks !== 'authzen';
}

/** A resource in one environment, which an enforcement point stands before. */
export interface GuardedPlace {
  readonly resource: string;
  readonly environment: string;
}

/** How an enforcement point says whose use it is. Never by a login alone: logins change hands (invariant 6). */
export type SubjectSource =
  /** A name under `people` in identities.yaml. */
  | { readonly from: 'person' }
  /** The numeric GitHub id itself. */
  | { readonly from: 'github_id' }
  /** What identities.yaml calls people at a provider. */
  | { readonly from: 'identity'; readonly provider: string }
  /** A claim of the caller's own token, which has the numeric GitHub id. */
  | { readonly from: 'claim'; readonly claim: string };

/** What proves that a caller is the enforcement point. A secret is the operator's, never here. */
export type PointCredential =
  /** A secret in the variable `tokenVariable`. */
  | { readonly kind: 'token' }
  /** The client certificate that has this URI as a name. */
  | { readonly kind: 'mtls'; readonly uri: string }
  /** A token of this issuer for this audience, in which every one of these claims has exactly this value. */
  | ({ readonly kind: 'oidc' } & OidcCaller);

export interface OidcCaller {
  readonly issuer: string;
  readonly audience: string;
  /** As text: a claim that is a number in the token is compared by its digits. */
  readonly claims: Readonly<Record<string, string>>;
}

/** One entry of `policies/enforcement.yaml`: who may ask at use, and about what (invariant 27). */
export interface EnforcementPoint {
  readonly name: string;
  readonly speaks: Dialect;
  readonly guards: readonly GuardedPlace[];
  /** What is meant where a question names no environment; missing where it must name one. */
  readonly environment?: string;
  readonly subject: SubjectSource;
  readonly credential: PointCredential;
}

/** `policies/enforcement.yaml`. */
export interface Enforcement {
  readonly points: Readonly<Record<string, EnforcementPoint>>;
}

/** The enforcement points of a policy, in the order of the file; none where it has no such file. */
export function pointsOf(data: {
  readonly enforcement?: Enforcement;
}): readonly EnforcementPoint[] {
  return Object.values(data.enforcement?.points ?? {});
}

/** The names of the points that stand before a resource in an environment. */
export function pointsBefore(
  data: { readonly enforcement?: Enforcement },
  place: GuardedPlace,
): readonly string[] {
  return pointsOf(data).flatMap((point) => (guardsPlace(point, place) ? [point.name] : []));
}

/** Whether a point stands before a resource in an environment: it is asked about nothing else (invariant 27). */
export function guardsPlace(
  { guards }: Pick<EnforcementPoint, 'guards'>,
  { resource, environment }: GuardedPlace,
): boolean {
  return guards.some((one) => one.resource === resource && one.environment === environment);
}

/**
 * The operator's variable with the secret of a point: `ENFORCER_ORDERS_API_TOKEN` for `orders-api`. Names have hyphens and no
 * underscores, so that two of them never give one variable.
 */
export function tokenVariable(name: string): string {
  return `ENFORCER_${name.toUpperCase().replaceAll('-', '_')}_TOKEN`;
}

/** Whether the claims of a verified token are those of a caller. */
export function hasClaims(
  { claims }: Pick<OidcCaller, 'claims'>,
  token: Readonly<Record<string, unknown>>,
): boolean {
  return Object.entries(claims).every(
    ([claim, value]) => Object.hasOwn(token, claim) && textOfClaim(token[claim]) === value,
  );
}

/** Text, or a number that JSON carries exactly; null for anything else. */
export function textOfClaim(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return Number.isSafeInteger(value) ? String(value) : null;
}
