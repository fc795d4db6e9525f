import { createTwoFilesPatch } from 'diff';
import { code, prose } from './escape.js';
import type { DecidedPolicy, KnownCases, PolicyFileChange } from '../decision/policy-change.js';
import { counted, printable } from '../reading/problem.js';
import { judgement, bulletList, outcomeOf } from './change.js';

/** GitHub takes 65,535 characters of a summary; the rest is for what was decided. */
const SHOWN_CHARACTERS = 40_000;

/** Larger files are not compared: one takes milliseconds as it is, and a tree may hold a thousand. */
const COMPARED = { characters: 64 * 1024, lines: 2_000 };

/**
 * Lines added and removed that are looked for, in one file and together. The time grows with their square; what
 * is shown has room for about a thousand.
 */
const MOST_EDITS = { file: 500, together: 2_000 };

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
  return bulletList(
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

/**
 * The difference as far as it fits; files that do not fit are named, so that nobody approves them unseen. What it
 * takes to find it is bounded over all files: a stranger's are compared, too, and ends wait meanwhile.
 */
function difference(files: readonly PolicyFileChange[]): readonly string[] {
  const shown: string[] = [];
  const left: string[] = [];
  let room = SHOWN_CHARACTERS;
  let edits = MOST_EDITS.together;
  for (const file of files) {
    const most = Math.min(MOST_EDITS.file, edits);
    const { patch, cost } = mayFit(file, room) && most > 0 ? patchOf(file, most) : NOT_COMPARED;
    edits -= cost;
    if (patch === null || patch.length > room) left.push(file.path);
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

/** A difference as text; null where there is none to be shown. `cost` in lines that were added or removed. */
interface Patch {
  readonly patch: string | null;
  readonly cost: number;
}

const NOT_COMPARED: Patch = { patch: null, cost: 0 };

/** The lengths tell without comparing: what one side has more than the other stands in the difference. */
function mayFit({ before, after }: PolicyFileChange, room: number): boolean {
  const sides = [before ?? '', after ?? ''] as const;
  const small = sides.every(
    (text) => text.length <= COMPARED.characters && text.split('\n').length <= COMPARED.lines,
  );
  return small && Math.abs(sides[0].length - sides[1].length) <= room;
}

function patchOf({ path, before, after }: PolicyFileChange, most_edits: number): Patch {
  const name = (there: string | null) => (there === null ? '/dev/null' : printable(path));
  const whole = before === null || after === null;
  const patch = createTwoFilesPatch(
    name(before),
    name(after),
    before ?? '',
    after ?? '',
    undefined,
    undefined,
    {
      context: 3,
      headerOptions: FILE_HEADERS_ONLY,
      // What is all there or all gone is found at once, however long it is.
      maxEditLength: whole ? Infinity : most_edits,
    },
  );
  if (patch === undefined) return { patch: null, cost: most_edits };
  return { patch: visible(patch), cost: whole ? 0 : patch.split(/^[+-]/mu).length };
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
