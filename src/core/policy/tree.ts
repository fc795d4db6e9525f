import { POLICIES } from '../reading/folders.js';
import type { Problem } from '../reading/problem.js';
import type { ReasonCode } from '../reading/reason.js';

/** The text files of a `policies/` tree, by path below it, with git's id of the tree. */
export interface PolicyTree {
  readonly id: string;
  readonly files: Readonly<Record<string, string>>;
  /** The files that are executable in git, which its id depends on; missing where that was not recorded. */
  readonly executable?: readonly string[];
}

const RULES = `${POLICIES}/access`;

/** A problem of the rules as a whole, for example that they do not compile. Other problems have a line. */
export function rulesProblem(code: ReasonCode, message: string): Problem {
  return { path: RULES, line: null, code, message };
}

export function isRulesProblem({ path, line }: Problem): boolean {
  return path === RULES && line === null;
}
