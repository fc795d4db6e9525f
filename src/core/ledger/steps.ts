/** One first-parent commit of the default branch, or the run of them that one rebased pull request became. */
export interface StepFacts {
  /** The last commit of the step. */
  readonly commit: string;
  /** The commit before the step. */
  readonly parent: string;
  /** The pull request that GitHub says this step merged; null for a direct push. */
  readonly pull_request: number | null;
}

/** A commit with all its parents. */
export interface CommitLink {
  readonly sha: string;
  readonly parents: readonly string[];
}

/** A merged pull request that GitHub associates with a commit, and the commit that merged it. */
export interface MergedPull {
  readonly number: number;
  readonly head: string;
  readonly merge_commit: string | null;
}

/** How a branch was moved to a commit: by somebody's push, or by a merge on GitHub. */
export type BranchMove = 'push' | 'merge';

/**
 * The pull requests of a commit whose merge GitHub has reported. GitHub marks every pull request as merged whose head
 * arrives in the branch, by the commit that brought it; a merge commit really merged the one at its second parent.
 */
const toldOf = (
  { sha, parents }: CommitLink,
  merged: ReadonlyMap<string, readonly MergedPull[]>,
): readonly MergedPull[] =>
  (merged.get(sha) ?? []).filter(
    ({ merge_commit, head }) =>
      merge_commit !== null &&
      (merge_commit !== sha || parents.length === 1 || head === parents[1]),
  );

/**
 * Groups the first-parent commits after `last` (oldest first) into steps. A step merged a pull request when that is the
 * only one whose head it merged; single-parent commits before it that belong to the same pull request were rebased from
 * it. When such a run began before `last`, only a part of it is here, and each commit is a step of its own.
 */
export function groupSteps(
  last: string,
  commits: readonly CommitLink[],
  merged: ReadonlyMap<string, readonly MergedPull[]>,
): StepFacts[] {
  const belongs = (sha: string, pull: MergedPull) =>
    (merged.get(sha) ?? []).some(({ number }) => number === pull.number);
  const steps: StepFacts[] = [];
  let left = [...commits];
  for (let tip = left.at(-1); tip; tip = left.at(-1)) {
    const commit = tip.sha;
    const pulls = toldOf(tip, merged).filter((one) => one.merge_commit === commit);
    const pull = pulls.length === 1 ? pulls[0] : undefined;
    const rebased = (link: CommitLink) =>
      pull !== undefined && link.parents.length === 1 && belongs(link.sha, pull);
    const before = rebased(tip) ? left.findLastIndex((link) => !rebased(link)) : left.length - 2;
    const run = left.slice(before + 1);
    left = left.slice(0, before + 1);
    const parent = left.at(-1)?.sha ?? last;
    const cut = pull && rebased(tip) && left.length === 0 && belongs(last, pull);
    if (pull && !cut) steps.push({ commit, parent, pull_request: pull.number });
    else
      for (const link of run.reverse())
        steps.push({ commit: link.sha, parent: link.parents[0] ?? parent, pull_request: null });
  }
  return steps.reverse();
}

/**
 * The steps that look pushed but may be merges: GitHub ties a merge to its pull request only a moment later. `commits`
 * are all that landed, oldest first. What moved the branch to a commit also brought the commits before it; a step is a
 * push when that move was one, and may be either while GitHub reports no such move.
 */
export function maybeMerges(
  steps: readonly StepFacts[],
  commits: readonly CommitLink[],
  merged: ReadonlyMap<string, readonly MergedPull[]>,
  moves: ReadonlyMap<string, BranchMove>,
): readonly StepFacts[] {
  const shas = commits.map(({ sha }) => sha);
  const tied = new Set(
    commits.filter((one) => toldOf(one, merged).length > 0).map(({ sha }) => sha),
  );
  return steps.filter(({ commit, pull_request }) => {
    // GitHub has already named the commit that merged it, so nothing more will come.
    if (pull_request !== null || tied.has(commit)) return false;
    const mover = shas.slice(shas.indexOf(commit)).find((sha) => moves.has(sha));
    return mover === undefined || moves.get(mover) === 'merge';
  });
}
