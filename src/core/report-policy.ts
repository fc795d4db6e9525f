import { createTwoFilesPatch } from 'diff';
import { code, prose } from './escape.js';
import type { DecidedPolicy, KnownCases, PolicyFileChange } from './policy-change.js';
import { printable } from './problem.js';
import { judgement, list, outcomeOf } from './report-change.js';
import { counted } from './report-words.js';

/** GitHub takes 65,535 characters of a summary; the rest is for what was decided. */
const SHOWN_CHARACTERS = 40_000;

/**
 * What a change of policy does, who must approve it, and its difference from the tree **in force**, which is what
 * an approval is given for: GitHub's own difference is from the default branch (invariant 2).
 */
export function policySections(policy: DecidedPolicy): readonly string[] {
  const { change, decision, tests_passed } = policy;
  const { from, to, files } = change;
  const becomes = to === null ? 'nothing' : code(to.slice(0, 12));
  return [
    `### ${code('policies/')}: ${outcomeOf(decision)}`,
    `From ${code(from.slice(0, 12))}, which is in force, to ${becomes}: ${counted(files.length, 'file')}.${tests(tests_passed)}`,
    ...judgement(decision),
    ...cases(policy.known),
    ...(files.length === 0 ? [] : difference(files)),
  ];
}

/** So many known cases are shown of those that come to something else. */
const SHOWN_CASES = 20;

function cases({ asked, differing }: KnownCases): readonly string[] {
  if (asked === 0) return [];
  const of = `the newest ${counted(asked, 'decision')}`;
  if (differing.length === 0)
    return [`Asked again by the new rules, ${of} would come to the same.`];
  const more = differing.length - SHOWN_CASES;
  return list(
    `Of ${of}, asked again by the new rules, ${differing.length} would come to something else`,
    [
      ...differing
        .slice(0, SHOWN_CASES)
        .map(
          ({ path, pull_request, was, is }) =>
            `${code(path)} (pull request ${pull_request}): ${prose(is)}; so far ${prose(was)}`,
        ),
      ...(more > 0 ? [`and ${more} more`] : []),
    ],
  );
}

function tests(passed: number | null): string {
  return passed === null
    ? ' Its Rego tests were not run.'
    : ` ${counted(passed, 'Rego test')} passed.`;
}

/** The difference as far as it fits; files that do not fit are named, so that nobody approves them unseen. */
function difference(files: readonly PolicyFileChange[]): readonly string[] {
  const shown: string[] = [];
  const left: string[] = [];
  let room = SHOWN_CHARACTERS;
  for (const file of files) {
    const patch = patchOf(file);
    if (patch.length > room) left.push(file.path);
    else {
      shown.push(patch);
      room -= patch.length;
    }
  }
  const text = shown.join('');
  const fence = '`'.repeat(
    Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)),
  );
  return [
    'The difference from what is in force:',
    ...(shown.length === 0 ? [] : [`${fence}diff\n${text}${fence}`]),
    ...(left.length === 0
      ? []
      : [
          `**Too long to be shown here, read them on GitHub**: ${left.slice(0, 50).map(code).join(', ')}${left.length > 50 ? ` and ${counted(left.length - 50, 'more file')}` : ''}`,
        ]),
  ];
}

function patchOf({ path, before, after }: PolicyFileChange): string {
  const name = (there: string | null) => (there === null ? '/dev/null' : printable(path));
  const patch = createTwoFilesPatch(
    name(before),
    name(after),
    before ?? '',
    after ?? '',
    undefined,
    undefined,
    { context: 3, headerOptions: FILE_HEADERS_ONLY },
  );
  return visible(patch);
}

const FILE_HEADERS_ONLY = {
  includeIndex: false,
  includeUnderline: false,
  includeFileHeaders: true,
};

/** Text of files as it is, with all that would make it look other than it is written out. */
function visible(text: string): string {
  return text
    .split('\t')
    .map((part) => printable(part))
    .join('\t');
}
