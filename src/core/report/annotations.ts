import type { Annotation } from './check-run.js';
import type { Change } from '../change/change.js';
import type { DecidedChange } from '../decision/decision.js';
import { plain } from './escape.js';
import { own, type Problem } from '../reading/problem.js';
import { saidBy, type GrantKey, type Reason } from '../reading/reason.js';

const MESSAGE_LENGTH = 1000;

/** Problems and denials, each on the line that it is about. */
export function annotations(
  problems: readonly Problem[],
  changes: readonly DecidedChange[],
): readonly Annotation[] {
  const denied = changes.flatMap(({ change, decision }) => onLines(change, decision.denials));
  return [...problems.filter(isOfFile), ...denied].map(annotation);
}

/** A problem on its line, or on the first, with its code or the rule that denies it. */
export function annotation(problem: Problem): Annotation {
  const { path, line, message } = problem;
  const said = `${plain(message, MESSAGE_LENGTH)} (${saidBy(problem)})`;
  return { path, line: Math.max(1, line ?? 1), message: said };
}

/** The denials of a change, placed on the lines of its file. A removed file has no lines for them. */
export function onLines(
  { path, to }: Pick<Change, 'path' | 'to'>,
  denials: readonly Reason[],
): readonly Problem[] {
  if (!to) return [];
  const { lines } = to.declared;
  return denials.map((reason) => ({ ...reason, path, line: lineOf(reason.key, lines) }));
}

/** A problem of a folder has no line to be shown on. */
function isOfFile({ path }: Problem): boolean {
  return /\.[^/]+$/.test(path);
}

/** A grant file has one of these keys for its end. A reason about the missing one is shown on the other. */
const OTHER_END: Readonly<Partial<Record<GrantKey, GrantKey>>> = {
  duration: 'expires_at',
  expires_at: 'duration',
};

/** The line of the key that a reason is about; the first line where it has no key or the file lacks it. */
function lineOf(key: GrantKey | undefined, lines: Readonly<Record<string, number>>): number {
  if (key === undefined) return 1;
  return own(lines, key) ?? own(lines, OTHER_END[key] ?? key) ?? 1;
}
