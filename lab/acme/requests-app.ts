import type { Installation } from '../processes/installation.js';
import type { SeedInput } from '../github/seed.js';
import { appKey } from './acme.js';

const APP = { app_id: 6161, installation: 79 };

/** The App that opens pull requests for people of acme, and what a worker needs to act as it. */
export function requestsApp(): {
  readonly seed: (plain: SeedInput) => SeedInput;
  readonly worker: (acme: Installation) => Readonly<Record<string, string>>;
} {
  const key = appKey();
  return {
    seed: (plain) => ({
      ...plain,
      apps: [
        ...(plain.apps ?? []),
        {
          app_id: APP.app_id,
          slug: 'daypass-requests',
          private_key: key,
          permissions: { contents: 'write', pull_requests: 'write', metadata: 'read' },
          installations: [{ id: APP.installation, account: 'acme', repositories: ['access'] }],
        },
      ],
    }),
    worker: () => ({ REQUESTS_APP_ID: String(APP.app_id), REQUESTS_PRIVATE_KEY: key }),
  };
}
