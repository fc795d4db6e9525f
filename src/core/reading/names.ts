/** A pattern for a name, and what it allows in words. */
export interface NamePattern {
  readonly pattern: RegExp;
  readonly allowed: string;
}

/** The name of an environment, a grant file, a resource or a role. */
export const SLUG: NamePattern = {
  pattern: /^[a-z0-9][a-z0-9-]{0,63}$/,
  allowed: 'lower-case letters, digits and hyphens, at most 64, not starting with a hyphen',
};

/**
 * A person's GitHub login: letters and digits with single hyphens between them, at most 39. The login of an
 * Enterprise Managed User ends with `_` and the enterprise's short code.
 * https://docs.github.com/en/enterprise-cloud@latest/admin/managing-iam/iam-configuration-reference/username-considerations-for-external-authentication
 */
export const LOGIN: NamePattern = {
  pattern: /^(?=.{1,39}$)[A-Za-z0-9]+(-[A-Za-z0-9]+)*(_[A-Za-z0-9]+)?$/,
  allowed: 'a GitHub login: letters and digits with single hyphens between them, at most 39',
};

/** A team's slug, which GitHub's API knows it by within its organisation. */
export const TEAM: NamePattern = {
  pattern: /^[a-z0-9_][a-z0-9_.-]{0,99}$/,
  allowed: 'a team slug: lower-case letters, digits, hyphens and underscores',
};

/** What somebody does with a resource at use. */
export const ACTION: NamePattern = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,63}$/,
  allowed: 'an action: letters, digits and any of _ . : / -, at most 64',
};

/** What kind of thing a resource is at use. */
export const TYPE: NamePattern = {
  pattern: ACTION.pattern,
  allowed: 'a type: letters, digits and any of _ . : / -, at most 64',
};

/** What is said of a person, for rules at use. */
export const PROPERTY: NamePattern = {
  pattern: /^[A-Za-z][A-Za-z0-9_-]{0,63}$/,
  allowed: 'a name: letters, digits, underscores and hyphens, at most 64, starting with a letter',
};

/** A rule's folder is `every` or the name of an environment, so no environment may have this name. */
export const EVERY = 'every';
