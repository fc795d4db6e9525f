import { POLICIES } from '../reading/folders.js';
import type { Problem } from '../reading/problem.js';
import type { ReasonCode } from '../reading/reason.js';

/** The text files of a `policies/` tree, by path below it, and a name for their content: git's id of the tree. */
export interface PolicyTree {
  readonly id: string;
  readonly files: Readonly<Record<string, string>>;
  /** The files that git has as executable, which its id depends on; missing where that was not kept. */
  readonly executable?: readonly string[];
}

const RULES = `${POLICIES}/access`;

/** A problem of the rules as a whole, as when they do not compile; what is wrong on a line is told there. */
export function rulesProblem(code: ReasonCode, message: string): Problem {
  return { path: RULES, line: null, code, message };
}

export function isRulesProblem({ path, line }: Problem): boolean {
  return path === RULES && line === null;
}
