import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import {
  bad,
  eventFinding,
  good,
  permissionFindings,
  requiredCheckFinding,
  unsure,
} from '../../core/report/finding.js';
import type { Finding, RequiredCheck } from '../../core/report/finding.js';
import type { Client } from '../../clients/github/app.js';
import { readList } from '../../clients/github/lists.js';
import { isAnswer, statusOf } from '../../clients/github/requests.js';

/** The manifest that the App is made from, in the root of the product. */
const MANIFEST = new URL('../../../app.yml', import.meta.url);

const permissions = z.record(z.string(), z.string());
const manifest = z.object({
  default_permissions: permissions,
  default_events: z.array(z.string()),
});
const installation = z.object({
  permissions,
  events: z.array(z.string()),
  repository_selection: z.string(),
  suspended_at: z.string().nullable(),
});
const repository = z.object({ default_branch: z.string(), private: z.boolean() });

/** `GET /repos/{owner}/{repo}/rules/branches/{branch}` ("Get rules for a branch"), what it says about checks. */
const rules = z.array(
  z.object({
    type: z.string(),
    parameters: z
      .object({
        required_status_checks: z
          .array(z.object({ context: z.string(), integration_id: z.number().nullish() }))
          .optional(),
      })
      .optional(),
  }),
);

/** `GET /repos/{owner}/{repo}/branches/{branch}` ("Get a branch"), what it says about the older branch protection. */
const branch = z.object({
  protection: z
    .object({
      required_status_checks: z
        .object({
          checks: z
            .array(z.object({ context: z.string(), app_id: z.number().nullish() }))
            .optional(),
        })
        .optional(),
    })
    .optional(),
});

const APP = 'GitHub App';

/** Checks the App, its installation, the access repository and what its default branch requires. */
export async function* examineGitHub(client: Client, app_id: number): AsyncGenerator<Finding> {
  const { owner, name: repo, octokit } = client;
  const wanted = manifest.parse(parse(await readFile(MANIFEST, 'utf8')));
  let found;
  try {
    found = installation.parse(
      await client.asApp('GET /repos/{owner}/{repo}/installation', { owner, repo }),
    );
  } catch (error) {
    yield unreached(error, owner, repo);
    return;
  }
  if (found.suspended_at !== null) {
    yield bad(APP, 'its installation is suspended', 'unsuspend it where it is installed');
    return;
  }
  yield good(APP, `is installed on ${owner}/${repo}`);
  if (found.repository_selection === 'all') {
    yield bad(
      APP,
      'is installed on all repositories',
      `install it on ${owner}/${repo} only: it serves one repository`,
    );
  }
  yield* permissionFindings(wanted.default_permissions, found.permissions, APP);
  yield eventFinding(wanted.default_events, found.events, APP);
  try {
    const known = repository.parse(
      (await octokit.request('GET /repos/{owner}/{repo}', { owner, repo })).data,
    );
    yield known.private
      ? good('access repository', 'is private')
      : unsure(
          'access repository',
          'is public: everybody can read who has which access, and why',
          'make it private, unless that is intended',
        );
    const required = await requiredChecks(client, known.default_branch);
    yield requiredCheckFinding(known.default_branch, required, app_id);
  } catch (error) {
    yield unsure(
      'access repository',
      `could not be read: ${words(error)}`,
      'try again, or see the permissions above',
    );
  }
}

/** By rulesets and by the older branch protection; either will do. */
async function requiredChecks(client: Client, name: string): Promise<readonly RequiredCheck[]> {
  const { owner, name: repo, octokit } = client;
  const asked = { owner, repo, branch: name };
  const route = 'GET /repos/{owner}/{repo}/rules/branches/{branch}';
  const ruled = await readList(client, route, asked, rules);
  const protectedBy = branch.parse(
    (await octokit.request('GET /repos/{owner}/{repo}/branches/{branch}', asked)).data,
  );
  return [
    ...ruled
      .flatMap(({ parameters }) => parameters?.required_status_checks ?? [])
      .map(({ context, integration_id }) => ({ context, app_id: integration_id ?? null })),
    ...(protectedBy.protection?.required_status_checks?.checks ?? []).map(
      ({ context, app_id }) => ({ context, app_id: app_id ?? null }),
    ),
  ];
}

function unreached(error: unknown, owner: string, repo: string): Finding {
  switch (statusOf(error)) {
    case 401:
      return bad(
        APP,
        'GitHub does not accept its key',
        "check that APP_ID and PRIVATE_KEY belong to the same App, and that this machine's clock is right",
      );
    case 404:
      return bad(
        APP,
        `is not installed on ${owner}/${repo}`,
        'install it there, or correct ACCESS_REPOSITORY',
      );
    default:
      return unsure(
        APP,
        `GitHub could not be asked: ${words(error)}`,
        'check GITHUB_API_URL and the network',
      );
  }
}

function words(error: unknown): string {
  return isAnswer(error) ? `it answers ${String(statusOf(error))}` : 'it does not answer';
}
