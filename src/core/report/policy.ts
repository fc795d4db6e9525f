import { createTwoFilesPatch } from 'diff';
import { code, prose } from './escape.js';
import type { DecidedPolicy, KnownCases, PolicyFileChange } from '../decision/policy-change.js';
import type { ApproverIds } from '../policy/approvers.js';
import { counted, type Problem } from '../reading/problem.js';
import { codePoint, visible, visibleLines } from '../reading/visible.js';
import { judgement, bulletList, outcomeOf } from './change.js';

/** GitHub accepts 65,535 characters in a summary; the rest is for what was decided. */
const SHOWN_CHARACTERS = 55_000;

/** Larger files are not compared. Data files may have some thousand people. */
const COMPARED = { characters: 256 * 1024, lines: 10_000 };

/**
 * The most added and removed lines that are looked for, in one file and in all. The time grows with their square and
 * with the lines of the file, so that fewer are looked for in a long one. There is room to show about a thousand.
 */
const MOST_EDITS = { file: 500, together: 2_000, times_lines: 1_000_000 };

/**
 * What a change of policy does, who must approve it, and its difference from the tree **in force**, which is what
 * an approval is given for: GitHub's own difference is from the default branch (invariant 2). `unshown` says that some of
 * the difference is left out.
 */
export function policySections(
  policy: DecidedPolicy,
  warned: readonly Problem[],
): { readonly sections: readonly string[]; readonly unshown: boolean } {
  const { change, decision, tests_passed } = policy;
  const { from, to, files } = change;
  const becomes = to === null ? 'nothing' : code(to.slice(0, 12));
  const { text, unshown } = files.length === 0 ? { text: [], unshown: false } : difference(files);
  const sections = [
    `### ${code('policies/')}: ${outcomeOf(decision)}`,
    `From ${code(from.slice(0, 12))}, which is in force, to ${becomes}: ${counted(files.length, 'file')}.${tests(tests_passed)}`,
    ...judgement(decision),
    ...named(policy.new_approvers),
    ...pointsInWords(policy.effects.points),
    ...odd(warned),
    ...cases(policy.known),
    ...text,
  ];
  return { sections, unshown };
}

/** Who may approve from now on, by the ids that approvals of this change are for. */
function named(anew: ApproverIds | null): readonly string[] {
  const all = (of: ApproverIds['teams'], what: string) =>
    Object.entries(of).map(([name, id]) =>
      id === null
        ? `${code(name)} (no ${what} has this name)`
        : `${code(name)} (${what} ${id}, new here)`,
    );
  return bulletList('**Approvers that are named anew**, by the ids that this is approved for', [
    ...all(anew?.teams ?? {}, 'team'),
    ...all(anew?.users ?? {}, 'account'),
  ]);
}

/** The most enforcement points whose changes are told: the difference has all. */
const TOLD_POINTS = 10;

function pointsInWords(points: readonly string[]): readonly string[] {
  const more = points.length - TOLD_POINTS;
  return bulletList('**Who may ask at use**', [
    ...points.slice(0, TOLD_POINTS).map((told) => prose(told, 600)),
    ...(more > 0 ? [`and ${counted(more, 'more enforcement point')}`] : []),
  ]);
}

/** The most characters of one line that are named, and the most lines with such characters that are listed. */
const NAMED_CHARACTERS = 5;
const LISTED_LINES = 20;

/**
 * A warning on each line that a change of policy brings to Rego with something other than ASCII: letters of other
 * scripts look like those that rules compare with.
 */
export function otherThanAscii(files: readonly PolicyFileChange[]): readonly Problem[] {
  return files.flatMap(({ path, before, after }) => {
    if (!path.endsWith('.rego') || after === null) return [];
    const known = new Set(before?.split('\n'));
    return after.split('\n').flatMap((line, at): readonly Problem[] => {
      if (!/[^\0-\x7f]/u.test(line) || known.has(line)) return [];
      const found = [...new Set(line.match(/[^\0-\x7f]/gu))];
      const names = found.slice(0, NAMED_CHARACTERS).map(nameOf).join(', ');
      const more = found.length > NAMED_CHARACTERS ? ' and others' : '';
      const message = `other than ASCII in Rego: ${names}${more}. Such a character can look like another one.`;
      return [{ path, line: at + 1, code: 'other_than_ascii', message }];
    });
  });
}

function nameOf(character: string): string {
  const shown = visible(character);
  return shown === character ? `${character} (${codePoint(character)})` : shown;
}

function odd(warned: readonly Problem[]): readonly string[] {
  const more = warned.length - LISTED_LINES;
  return bulletList('**Look closely**', [
    ...warned
      .slice(0, LISTED_LINES)
      .map(
        ({ path, line, message, code: reason }) =>
          `${code(path)} line ${line ?? 1}: ${prose(message)} (${code(reason)})`,
      ),
    ...(more > 0 ? [`and ${counted(more, 'more line')}`] : []),
  ]);
}

/** The most known cases with a different outcome that are shown. */
const SHOWN_CASES = 20;

function cases({ asked, differing }: KnownCases): readonly string[] {
  if (asked === 0) return [];
  const of = `the newest ${counted(asked, 'decision')}`;
  if (differing.length === 0) return [`Under the new rules, ${of} would have the same outcome.`];
  const more = differing.length - SHOWN_CASES;
  return bulletList(
    `Of ${of}, ${differing.length} would have another outcome under the new rules`,
    [
      ...differing
        .slice(0, SHOWN_CASES)
        .map(
          ({ path, pull_request, was, is }) =>
            `${code(path)} (pull request ${pull_request}): ${prose(is)}; before: ${prose(was)}`,
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

interface PolicyDifference {
  readonly text: readonly string[];
  readonly unshown: boolean;
}

/** Differences that were made before: judging asks whether all is shown, and the report shows it. */
const made = new WeakMap<readonly PolicyFileChange[], PolicyDifference>();

function difference(files: readonly PolicyFileChange[]): PolicyDifference {
  const known = made.get(files) ?? compared(files);
  made.set(files, known);
  return known;
}

/**
 * The difference as far as it fits. Files that do not fit are named, and nobody can approve them unseen. The work is
 * limited over all files, because strangers' files are compared too and ends wait for that.
 */
function compared(files: readonly PolicyFileChange[]): PolicyDifference {
  const shown: string[] = [];
  const left: string[] = [];
  let room = SHOWN_CHARACTERS;
  let edits = MOST_EDITS.together;
  for (const file of files) {
    const most = Math.min(MOST_EDITS.file, edits, mostIn(file));
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
  const rest = left.length > 50 ? ` and ${counted(left.length - 50, 'more file')}` : '';
  return {
    text: [
      ...(left.length === 0
        ? []
        : [`**Too long to be shown here**: ${left.slice(0, 50).map(code).join(', ')}${rest}`]),
      'The difference from the policy in force:',
      ...(shown.length === 0 ? [] : [`${fence}diff\n${text}${fence}`]),
    ],
    unshown: left.length > 0,
  };
}

/** A difference as text; null where it is not shown. `cost` is in added and removed lines. */
interface Patch {
  readonly patch: string | null;
  readonly cost: number;
}

const NOT_COMPARED: Patch = { patch: null, cost: 0 };

function mostIn({ before, after }: PolicyFileChange): number {
  const lines = [before ?? '', after ?? ''].map((text) => text.split('\n').length);
  return Math.floor(MOST_EDITS.times_lines / Math.max(...lines));
}

/** Lengths alone can rule a file out: what one side has more than the other is in the difference. */
function mayFit({ before, after }: PolicyFileChange, room: number): boolean {
  const sides = [before ?? '', after ?? ''] as const;
  const small = sides.every(
    (text) => text.length <= COMPARED.characters && text.split('\n').length <= COMPARED.lines,
  );
  return small && Math.abs(sides[0].length - sides[1].length) <= room;
}

function patchOf({ path, before, after }: PolicyFileChange, most_edits: number): Patch {
  const name = (there: string | null) => (there === null ? '/dev/null' : visible(path));
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
      // A file that is new or gone takes no time to compare, however long it is.
      maxEditLength: whole ? Infinity : most_edits,
    },
  );
  if (patch === undefined) return { patch: null, cost: most_edits };
  return { patch: visibleLines(patch), cost: whole ? 0 : patch.split(/^[+-]/mu).length };
}

const FILE_HEADERS_ONLY = {
  includeIndex: false,
  includeUnderline: false,
  includeFileHeaders: true,
};
