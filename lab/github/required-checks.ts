import type { CheckRun, Protection, Repo, RequiredCheck, State } from './state.js';

/** The newest run of each name and app on a commit. */
export function latestRuns(state: State, repo_id: number, sha: string): CheckRun[] {
  const latest = new Map<string, CheckRun>();
  for (const run of state.check_runs.values())
    if (run.repo_id === repo_id && run.head_sha === sha)
      latest.set(`${run.app_id}:${run.name}`, run);
  return [...latest.values()];
}

/** GitHub lets `neutral` and `skipped` pass. */
const PASSING = new Set(['success', 'neutral', 'skipped']);

function problem({ context, app_id }: RequiredCheck, runs: readonly CheckRun[]): string | null {
  const mine = runs.filter(
    (run) => run.name === context && (app_id === null || run.app_id === app_id),
  );
  if (mine.length === 0) return `Required status check "${context}" is expected.`;
  if (mine.some((run) => run.status !== 'completed'))
    return `Required status check "${context}" is in progress.`;
  const failed = mine.some((run) => run.conclusion === null || !PASSING.has(run.conclusion));
  return failed ? `Required status check "${context}" is failing.` : null;
}

/** What a branch's protection still requires of a commit, in GitHub's words. */
export function unmetChecks(
  state: State,
  repo: Repo,
  protection: Protection,
  sha: string,
): string[] {
  const runs = latestRuns(state, repo.id, sha);
  return protection.required_checks.flatMap((check) => problem(check, runs) ?? []);
}
