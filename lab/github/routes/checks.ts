import { z } from 'zod';
import type { Need } from '../access.js';
import { checkRunEvent } from '../events/events.js';
import { resolveCommit } from '../git/read.js';
import type { Reply, RepoCall, Route } from '../http.js';
import { created, ok, onRepo, paged, readBody } from '../http.js';
import { invalid, notFound, Refusal } from '../refusal.js';
import { latestRuns } from '../required-checks.js';
import type { App, CheckRun } from '../state.js';
import { annotationView, checkRunView } from '../views/check-run.js';
import { actorOf } from './pulls.js';

const READ: Need = { app: [['checks', 'read']], person: 'read' };
const WRITE: Need = { app: [['checks', 'write']], person: 'write' };

/** GitHub's limit for a summary and for a text. */
const TEXT = z.string().max(65_535, 'Only 65535 characters are allowed');

const annotation = z.object({
  path: z.string().min(1),
  start_line: z.number().int().positive(),
  end_line: z.number().int().positive(),
  start_column: z
    .number()
    .int()
    .nullish()
    .transform((column) => column ?? null),
  end_column: z
    .number()
    .int()
    .nullish()
    .transform((column) => column ?? null),
  annotation_level: z.enum(['notice', 'warning', 'failure']),
  message: z.string().min(1).max(65_536),
  title: z
    .string()
    .max(255)
    .nullish()
    .transform((title) => title ?? null),
  raw_details: z
    .string()
    .max(65_536)
    .nullish()
    .transform((details) => details ?? null),
});

const output = z.object({
  title: z.string().min(1),
  summary: TEXT,
  text: TEXT.nullish(),
  annotations: z.array(annotation).max(50, 'No more than 50 items are allowed').default([]),
});

const CONCLUSIONS = [
  ...(['success', 'failure', 'neutral', 'cancelled', 'skipped'] as const),
  ...(['timed_out', 'action_required'] as const),
] as const;

const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

const change = z.object({
  name: z.string().min(1).optional(),
  details_url: z.url().nullish(),
  external_id: z.string().nullish(),
  status: z.enum(['queued', 'in_progress', 'completed']).optional(),
  conclusion: z.enum(CONCLUSIONS).optional(),
  started_at: time.optional(),
  completed_at: time.optional(),
  output: output.optional(),
});

const newRun = change.extend({ name: z.string().min(1), head_sha: z.string() });

/** Only apps make check runs. */
function appOf({ identity }: RepoCall): App {
  if (!identity.installation || !identity.app)
    throw new Refusal(403, 'You must authenticate via a GitHub App.');
  return identity.app;
}

/** Applies a request to a run. A conclusion completes it; a run that is not completed has none. */
function apply(run: CheckRun, wish: z.output<typeof change>, now: Date): void {
  if (wish.status === 'completed' && wish.conclusion === undefined && run.conclusion === null)
    throw invalid('Invalid request.\n\n"conclusion" wasn\'t supplied.');
  if (wish.name !== undefined) run.name = wish.name;
  if (wish.details_url) run.details_url = wish.details_url;
  if (wish.external_id !== undefined) run.external_id = wish.external_id;
  if (wish.started_at !== undefined) run.started_at = wish.started_at;
  if (wish.output) {
    const { title, summary, text = null, annotations } = wish.output;
    run.output = { title, summary, text };
    run.annotations.push(...annotations);
  }
  const status = wish.conclusion === undefined ? wish.status : 'completed';
  if (status === undefined) return;
  run.status = status;
  run.conclusion = status === 'completed' ? (wish.conclusion ?? run.conclusion) : null;
  run.completed_at = status === 'completed' ? (wish.completed_at ?? now) : null;
}

/** `POST …/check-runs`. */
async function createRun(call: RepoCall): Promise<Reply> {
  const { github, repo } = call;
  const app = appOf(call);
  const wish = readBody(call, newRun);
  const now = github.state.clock.now();
  if (!/^[0-9a-f]{40}$/.test(wish.head_sha) || !(await resolveCommit(repo.dir, wish.head_sha)))
    throw invalid(`No commit found for SHA: ${wish.head_sha}`);
  const run: CheckRun = {
    id: github.state.next_id(),
    repo_id: repo.id,
    app_id: app.app_id,
    head_sha: wish.head_sha,
    name: wish.name,
    external_id: null,
    // A run without its own URL has that of its app.
    details_url: `${github.state.url}/${app.slug}`,
    status: 'queued',
    conclusion: null,
    started_at: now,
    completed_at: null,
    output: { title: null, summary: null, text: null },
    annotations: [],
  };
  apply(run, wish, now);
  github.state.check_runs.set(run.id, run);
  checkRunEvent(github, run, 'created', actorOf(call));
  if (run.status === 'completed') checkRunEvent(github, run, 'completed', actorOf(call));
  return created(checkRunView(github.state, run));
}

function runOf({ github, repo, params }: RepoCall): CheckRun {
  const run = github.state.check_runs.get(Number(params['check_run_id']));
  if (run?.repo_id !== repo.id) throw notFound();
  return run;
}

/** `PATCH …/check-runs/{check_run_id}`: annotations are added to those it has. */
function updateRun(call: RepoCall): Reply {
  const { github } = call;
  const run = runOf(call);
  const app = appOf(call);
  if (run.app_id !== app.app_id)
    throw new Refusal(
      403,
      `Invalid app_id \`${app.app_id}\` - check run can only be modified by the GitHub App that created it.`,
    );
  const was = run.status;
  apply(run, readBody(call, change), github.state.clock.now());
  if (run.status === 'completed' && was !== 'completed')
    checkRunEvent(github, run, 'completed', actorOf(call));
  return ok(checkRunView(github.state, run));
}

/** `GET …/commits/{ref}/check-runs`: the newest of each name, or all with `filter=all`. */
async function listRuns(call: RepoCall): Promise<Reply> {
  const { github, repo, query, params } = call;
  const ref = params['ref'] ?? '';
  const sha = await resolveCommit(repo.dir, ref.replace(/^heads\//, 'refs/heads/'));
  if (!sha) throw invalid(`No commit found for SHA: ${ref}`);
  const every = [...github.state.check_runs.values()].filter(
    (run) => run.repo_id === repo.id && run.head_sha === sha,
  );
  const from = query.get('filter') === 'all' ? every : latestRuns(github.state, repo.id, sha);
  const is = (name: string, value: string | number) => {
    const wanted = query.get(name);
    return wanted === null || wanted === String(value);
  };
  const runs = from
    .filter((r) => is('check_name', r.name) && is('app_id', r.app_id) && is('status', r.status))
    .reverse();
  return paged(
    call,
    runs,
    (run) => checkRunView(github.state, run),
    (check_runs) => ({
      total_count: runs.length,
      check_runs,
    }),
  );
}

const RUN = '/repos/{owner}/{repo}/check-runs/{check_run_id}';

export const checkRoutes: readonly Route[] = [
  onRepo('POST', '/repos/{owner}/{repo}/check-runs', WRITE, createRun),
  onRepo('GET', RUN, READ, (call) => ok(checkRunView(call.github.state, runOf(call)))),
  onRepo('PATCH', RUN, WRITE, updateRun),
  onRepo('GET', `${RUN}/annotations`, READ, (call) => {
    const run = runOf(call);
    return paged(call, run.annotations, (one) => annotationView(call.github.state, run, one));
  }),
  onRepo('POST', `${RUN}/rerequest`, WRITE, (call) => {
    checkRunEvent(call.github, runOf(call), 'rerequested', actorOf(call));
    return created({});
  }),
  onRepo('GET', '/repos/{owner}/{repo}/commits/{ref}/check-runs', READ, listRuns),
];
