import { z } from 'zod';
import { checkPoints, type PointsFile } from './check-points.js';
import {
  DIALECTS,
  type Enforcement,
  type EnforcementPoint,
  type PointCredential,
  type SubjectSource,
} from './point.js';
import type { Resource } from '../catalog.js';
import type { CatalogProviders } from '../data-catalog.js';
import type { PolicyFile } from '../data-file.js';
import { SLUG, type NamePattern } from '../../reading/names.js';
import { listOf, mapping, name, named, wordOr } from '../../reading/shape.js';

/** A claim of a token; its name may be a URI, as many issuers' own are. */
const CLAIM: NamePattern = {
  pattern: /^[A-Za-z0-9_][A-Za-z0-9_.:/-]{0,127}$/,
  allowed: 'a claim: letters, digits and any of _ . : / -, at most 128',
};

/**
 * A URI in one spelling: a certificate's names are listed with commas between them, and are compared byte by byte.
 * https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md
 */
const NAME_IN_CERTIFICATE: NamePattern = {
  pattern:
    /^(?=.{1,1000}$)[a-z][a-z0-9+.-]*:\/\/[a-z0-9._-]+(:\d{1,5})?(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._~-]+)*$/,
  allowed:
    'a URI such as spiffe://acme/orders-api: lower-case host, and letters, digits and . _ ~ - in its path',
};

const EXACT = 'one line of text of 1 to 1000 characters, compared as it is';
const exact = z
  .string({ error: EXACT })
  .refine((text) => /^(?=.{1,1000}$)\S(.*\S)?$/u.test(text), { error: EXACT });

const ISSUER =
  'the https URL of an issuer such as https://id.example.org, with nothing after its path';
const issuer = z.string({ error: ISSUER }).refine(isIssuer, { error: ISSUER });

const oidc = mapping({
  issuer,
  audience: exact,
  claims: named(CLAIM, exact).refine((claims) => between(Object.keys(claims).length, 1, 20), {
    error: '1 to 20 claims',
  }),
});

const SUBJECT = 'person, github_id, { identity: <provider> } or { claim: <claim> }';
const subject = wordOr(
  ['person', 'github_id'],
  mapping({ identity: name(SLUG).optional(), claim: name(CLAIM).optional() }),
  SUBJECT,
).transform((from, context): SubjectSource => {
  if (typeof from === 'string') return { from };
  const { identity, claim } = from;
  if (identity !== undefined && claim === undefined)
    return { from: 'identity', provider: identity };
  if (claim !== undefined && identity === undefined) return { from: 'claim', claim };
  return refused(context, from, SUBJECT);
});

const CREDENTIAL = 'token, { mtls: <URI> } or { oidc: … }';
const credential = wordOr(
  ['token'],
  mapping({ mtls: name(NAME_IN_CERTIFICATE).optional(), oidc: oidc.optional() }),
  CREDENTIAL,
).transform((from, context): PointCredential => {
  if (typeof from === 'string') return { kind: from };
  if (from.oidc && from.mtls === undefined) return { kind: 'oidc', ...from.oidc };
  if (from.mtls !== undefined && !from.oidc) return { kind: 'mtls', uri: from.mtls };
  return refused(context, from, CREDENTIAL);
});

const environments = listOf(name(SLUG), 'a list of 1 to 100 environments', 1, 100);
const guards = listOf(
  mapping({ resource: name(SLUG), environments }),
  'a list of 1 to 1000 resources with their environments',
  1,
  1000,
);

/** `policies/enforcement.yaml`. */
export const ENFORCEMENT: z.ZodType<PointsFile> = mapping({
  points: named(
    SLUG,
    mapping({
      speaks: z.enum(DIALECTS, { error: `one of ${DIALECTS.join(', ')}` }),
      guards,
      environment: name(SLUG).optional(),
      subject,
      credential,
    }),
  ),
});

/**
 * Checks enforcement points against the catalog and each other. `catalog` is null where files of it have problems of their
 * own.
 */
export function enforcementOf(
  file: PolicyFile<PointsFile>,
  providers: CatalogProviders,
  catalog: Readonly<Record<string, Resource>> | null,
): Enforcement {
  checkPoints(file, providers, catalog);
  const points = Object.entries(file.value.points).map(
    ([point, { guards: guarded, environment, ...as_written }]): [string, EnforcementPoint] => [
      point,
      {
        name: point,
        ...as_written,
        guards: guarded.flatMap(({ resource, environments: where }) =>
          where.map((one) => ({ resource, environment: one })),
        ),
        ...(environment !== undefined && { environment }),
      },
    ],
  );
  return { points: Object.fromEntries(points) };
}

/** Zod goes on after unknown keys, which are told already. */
function refused(context: z.core.$RefinementCtx, input: unknown, message: string): never {
  if (context.issues.length === 0) context.addIssue({ code: 'custom', input, message });
  return z.NEVER;
}

/** An issuer is compared byte by byte, so it has one spelling. */
function isIssuer(text: string): boolean {
  if (text.length > 1000 || !URL.canParse(text)) return false;
  const { protocol, href, search, hash, username, password } = new URL(text);
  const plain = protocol === 'https:' && search + hash + username + password === '';
  return plain && !/[?#]/.test(text) && (href === text || href === `${text}/`);
}

const between = (number: number, least: number, most: number) => number >= least && number <= most;
