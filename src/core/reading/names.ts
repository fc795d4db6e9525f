/** A pattern for a name, and what it allows in words. */
export interface NamePattern {
  readonly pattern: RegExp;
  readonly allowed: string;
}

/** Environments, grant files, resources and roles. */
export const SLUG: NamePattern = {
  pattern: /^[a-z0-9][a-z0-9-]{0,63}$/,
  allowed: 'lower-case letters, digits and hyphens, not a hyphen first, at most 64',
};

/**
 * A login that GitHub gives to a person: letters, digits and single hyphens between them, at most 39; that of
 * an Enterprise Managed User has `_` and the enterprise's short code at its end.
 * https://docs.github.com/en/enterprise-cloud@latest/admin/managing-iam/iam-configuration-reference/username-considerations-for-external-authentication
 */
export const LOGIN: NamePattern = {
  pattern: /^(?=.{1,39}$)[A-Za-z0-9]+(-[A-Za-z0-9]+)*(_[A-Za-z0-9]+)?$/,
  allowed: 'a GitHub login: letters, digits and single hyphens between them, at most 39',
};

/** A team as GitHub's API names it within its organisation. */
export const TEAM: NamePattern = {
  pattern: /^[a-z0-9_][a-z0-9_.-]{0,99}$/,
  allowed: 'the slug of a team: lower-case letters, digits, hyphens and underscores',
};

/** A rule's folder is `every` or the name of an environment, so no environment is called that. */
export const EVERY = 'every';
