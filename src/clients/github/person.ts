import type { App } from './app.js';
import { createOctokit, type ApiPlace } from './octokit.js';
import { createQuota } from './quota.js';
import { guardRequests } from './requests.js';

/** Connects to GitHub with a person's own token, which acts as that person and is bound by their limits. */
export function connectPerson(config: ApiPlace & { readonly token: string }): Pick<App, 'octokit'> {
  const octokit = createOctokit(config, config.token);
  const bounds = { retries_ms: [250, 1_000], deadline_ms: 10_000 };
  // Nothing of the person's hourly limit is kept for anything else.
  guardRequests(octokit, bounds, { quota: createQuota({ until: 0 }), purpose: 'end' });
  return { octokit };
}
