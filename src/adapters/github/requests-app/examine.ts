import { z } from 'zod';
import { connectApp, type ClientConfig } from '../../../clients/github/app.js';
import { readList } from '../../../clients/github/lists.js';
import { isAnswer, statusOf } from '../../../clients/github/requests.js';
import { REQUEST_BRANCHES } from '../../../core/change/requested.js';
import { bad, good, permissionFindings, unsure } from '../../../core/report/finding.js';
import type { Finding } from '../../../core/report/finding.js';

const APP = 'requests App';
const NEEDED = { contents: 'write', pull_requests: 'write', metadata: 'read' };
const CONFINING = ['creation', 'update'];

const installation = z.object({ permissions: z.record(z.string(), z.string()) });
/** `GET /repos/{owner}/{repo}/rules/branches/{branch}` ("Get rules for a branch"). */
const rules = z.array(z.object({ type: z.string(), ruleset_id: z.number().int() }));
/** `GET /repos/{owner}/{repo}/rulesets/{ruleset_id}` ("Get a repository ruleset"), what it says of whoever asks. */
const ruleset = z.object({ name: z.string(), current_user_can_bypass: z.string().optional() });

/**
 * Checks the App that opens pull requests for people: that it may do nothing but that, and that a ruleset which it cannot
 * bypass keeps it to its own branches.
 */
export async function* examineRequestsApp({
  repository,
  ...config
}: ClientConfig): AsyncGenerator<Finding> {
  const [owner = '', repo = ''] = repository.split('/');
  const place = { owner, repo };
  const app = connectApp({ ...config, place });
  try {
    const { permissions } = installation.parse(
      await app.asApp('GET /repos/{owner}/{repo}/installation', place),
    );
    yield good(APP, `is installed on ${repository}`);
    yield* permissionFindings(NEEDED, permissions, APP);
    const rulesOf = (branch: string) =>
      readList(
        app,
        'GET /repos/{owner}/{repo}/rules/branches/{branch}',
        { ...place, branch },
        rules,
      );
    // A branch of no request, whose name nobody has: the rules are told for any name.
    const elsewhere = (await rulesOf('not-of-a-request')).filter(({ type }) =>
      CONFINING.includes(type),
    );
    const missing = CONFINING.filter((type) => !elsewhere.some((rule) => rule.type === type));
    const todo = `add a ruleset that restricts creations and updates of all branches but ${REQUEST_BRANCHES}**, with the App in no bypass list`;
    yield missing.length === 0
      ? good(APP, `a ruleset keeps it to ${REQUEST_BRANCHES}`)
      : bad(APP, `no ruleset restricts ${missing.join(' and ')} of other branches`, todo);
    const own = await rulesOf(`${REQUEST_BRANCHES}not-of-a-request`);
    if (own.some(({ type }) => CONFINING.includes(type)))
      yield bad(APP, `a ruleset keeps it out of ${REQUEST_BRANCHES}, too`, todo);
    for (const ruleset_id of new Set(elsewhere.map((rule) => rule.ruleset_id))) {
      const route = 'GET /repos/{owner}/{repo}/rulesets/{ruleset_id}';
      const found = ruleset.parse(
        (await app.octokit.request(route, { ...place, ruleset_id })).data,
      );
      yield bypassFinding(found);
    }
  } catch (error) {
    const why = isAnswer(error)
      ? `GitHub answers ${String(statusOf(error))}`
      : 'GitHub does not answer as expected';
    const todo =
      'check that REQUESTS_APP_ID and REQUESTS_PRIVATE_KEY belong to one App, and that it is installed there';
    yield (statusOf(error) === 401 || statusOf(error) === 404 ? bad : unsure)(
      APP,
      `could not be looked at on ${repository}: ${why}`,
      todo,
    );
  }
}

function bypassFinding({ name, current_user_can_bypass: may }: z.infer<typeof ruleset>): Finding {
  if (may === 'never') return good(APP, `cannot bypass the ruleset ${JSON.stringify(name)}`);
  const todo = 'take the App out of its bypass list';
  return may === undefined
    ? unsure(APP, `GitHub does not say whether it bypasses ${JSON.stringify(name)}`, todo)
    : bad(APP, `can bypass the ruleset ${JSON.stringify(name)} (${may})`, todo);
}
