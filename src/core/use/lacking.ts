import type { PolicyData } from '../policy/catalog.js';
import { pointsOf, tokenVariable } from '../policy/enforcement/point.js';

/** What the environment of a decision process offers to those who ask. */
interface WaysIn {
  /** The names of points for which the operator set a token. */
  readonly tokens: readonly string[];
  /** Whether client certificates are read. */
  readonly certificates: boolean;
}

/**
 * What does not fit between the enforcement points of a policy and the environment, in words: points that nobody can prove
 * to be, and tokens that prove nothing.
 */
export function lackingWaysIn(
  data: Pick<PolicyData, 'enforcement'>,
  { tokens, certificates }: WaysIn,
): readonly string[] {
  const points = pointsOf(data);
  const byToken = points.filter(({ credential }) => credential.kind === 'token');
  return [
    ...byToken
      .filter(({ name }) => !tokens.includes(name))
      .map(
        ({ name }) =>
          `the enforcement point ${name} cannot ask: its credential is a token, and ${tokenVariable(name)} is not set`,
      ),
    ...points
      .filter(({ credential }) => credential.kind === 'mtls' && !certificates)
      .map(
        ({ name }) =>
          `the enforcement point ${name} cannot ask: its credential is a client certificate, and PDP_TLS_CA is not set`,
      ),
    ...tokens
      .filter((name) => !byToken.some((point) => point.name === name))
      .map((name) => {
        const other = points.find((point) => point.name === name);
        const why = other
          ? `the credential of ${name} is ${other.credential.kind}`
          : `there is no enforcement point ${name}`;
        return `${tokenVariable(name)} lets nobody in: by policies/enforcement.yaml ${why}`;
      }),
  ];
}
