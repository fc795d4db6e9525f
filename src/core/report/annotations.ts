import type { Annotation } from './check-run.js';
import type { DecidedChange } from '../decision/decision.js';
import { plain } from './escape.js';
import type { Reason } from '../decision/facts.js';
import type { Problem } from '../reading/problem.js';

const MESSAGE_LENGTH = 1000;

/** Problems and denials, each on the line of the grant file that it is about. */
export function annotations(
  problems: readonly Problem[],
  changes: readonly DecidedChange[],
): readonly Annotation[] {
  const found = problems
    .filter(isOfFile)
    .map(({ path, line, message }) => ({ path, line: line ?? 1, message }));
  const denied = changes.flatMap(({ change, decision }) => {
    const grant = change.to?.declared;
    // A file that is taken away has no line to say it on.
    if (!grant) return [];
    return decision.denials.map((reason) => ({
      path: change.path,
      line: lineOf(reason, grant.lines),
      message: `${reason.message} (${reason.rule})`,
    }));
  });
  return [...found, ...denied].map(({ path, line, message }) => ({
    path,
    line: Math.max(1, line),
    message: plain(message, MESSAGE_LENGTH),
  }));
}

/** A folder has no line to say anything on. */
function isOfFile({ path }: Problem): boolean {
  return /\.[^/]+$/.test(path);
}

/** The line of the first key that a reason names, in its rule or its words; the first line otherwise. */
function lineOf({ rule, message }: Reason, lines: Readonly<Record<string, number>>): number {
  const words = `${rule} ${message}`.toLowerCase().split(/[^a-z_]+/);
  const key = words.find((word) => Object.hasOwn(lines, word));
  return (key === undefined ? undefined : lines[key]) ?? 1;
}
