/*
 * Tokens of GitHub Actions: https://docs.github.com/en/actions/reference/security/oidc. Any job anywhere on GitHub may ask
 * for one, for any audience, so its claims must say by number whose job it is.
 */

/** The claim with the numeric GitHub id of whoever started the job. */
export const ACTOR_ID = 'actor_id';

/** Claims that say whose job it is. The actor alone does not: anybody's workflow may run for a push of theirs. */
export const OWNING: readonly string[] = ['repository_id', 'repository_owner_id', 'enterprise_id'];

/** Claims that are numbers. */
export const NUMERIC: readonly string[] = [
  ...OWNING,
  ACTOR_ID,
  'run_id',
  'run_number',
  'run_attempt',
];

/** Claims made of names that others can take later, and the claims to use in their place. */
export const NAMES: Readonly<Record<string, string>> = {
  repository: 'repository_id',
  repository_owner: 'repository_owner_id',
  enterprise: 'enterprise_id',
  actor: ACTOR_ID,
  sub: 'repository_id, and ref or environment',
};

/** Whether tokens of an issuer are those of GitHub Actions: github.com's, an enterprise's own, or those of a GitHub server. */
export function isGitHubActions(issuer: string): boolean {
  if (!URL.canParse(issuer)) return false;
  const { hostname, pathname } = new URL(issuer);
  return (
    hostname === 'token.actions.githubusercontent.com' ||
    /^token\.actions\..+\.ghe\.com$/.test(hostname) ||
    pathname.startsWith('/_services/token')
  );
}
