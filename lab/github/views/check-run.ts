import { timestamp } from '../clock.js';
import { byId, fullName, pullsOf } from '../lookup.js';
import { nodeId } from '../node-id.js';
import type { Annotation, CheckRun, PullRequest, State } from '../state.js';
import { appView } from './app.js';
import type { Answer, CheckRunAnswer } from './types.js';

/** The pull requests that a check run lists: those with its head; none for a fork's. */
function pullMinimal(state: State, pull: PullRequest) {
  const side = (repo_id: number, ref: string, sha: string) => {
    const repo = byId(state.repos, repo_id);
    const url = `${state.url}/repos/${fullName(state, repo)}`;
    return { ref, sha, repo: { id: repo.id, url, name: repo.name } };
  };
  const repo = byId(state.repos, pull.repo_id);
  return {
    id: pull.id,
    number: pull.number,
    url: `${state.url}/repos/${fullName(state, repo)}/pulls/${pull.number}`,
    head: side(pull.head.repo_id, pull.head.ref, pull.head.sha),
    base: side(pull.repo_id, pull.base.ref, pull.base.sha),
  };
}

/** `GET /repos/{owner}/{repo}/check-runs/{check_run_id}`. */
export function checkRunView(state: State, run: CheckRun): CheckRunAnswer {
  const repo = byId(state.repos, run.repo_id);
  const name = fullName(state, repo);
  const url = `${state.url}/repos/${name}/check-runs/${run.id}`;
  const pulls = pullsOf(state, repo.id).filter(
    (pull) =>
      pull.state === 'open' && pull.head.sha === run.head_sha && pull.head.repo_id === repo.id,
  );
  return {
    id: run.id,
    head_sha: run.head_sha,
    node_id: nodeId('CheckRun', run.id),
    external_id: run.external_id ?? '',
    url,
    html_url: `${state.url}/${name}/runs/${run.id}`,
    details_url: run.details_url,
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.started_at && timestamp(run.started_at),
    completed_at: run.completed_at && timestamp(run.completed_at),
    output: {
      ...run.output,
      annotations_count: run.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    name: run.name,
    // GitHub keeps one suite for each app and commit.
    check_suite: { id: Number.parseInt(run.head_sha.slice(0, 10), 16) + run.app_id },
    app: appView(state, byId(state.apps, run.app_id)),
    pull_requests: pulls.map((pull) => pullMinimal(state, pull)),
  };
}

/** One of `GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations`. */
export function annotationView(
  state: State,
  run: CheckRun,
  annotation: Annotation,
): Answer<'checks', 'listAnnotations'>[number] {
  const name = fullName(state, byId(state.repos, run.repo_id));
  return {
    ...annotation,
    blob_href: `${state.url}/${name}/blob/${run.head_sha}/${annotation.path}`,
  };
}
