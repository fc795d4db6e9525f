import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import type { Source } from '../../core/ledger/events.js';
import type { Client } from '../../clients/github/app.js';
import { keepNodeIds } from './node-ids.js';
import type { NodeIds } from './node-ids.js';
import { statusOf } from '../../clients/github/requests.js';

/** Every query of this adapter confirms the ids (the worker's sweep asks one each minute). */
const REMEMBERED_MS = 90_000;

/** What the access repository is and is called now (invariant 10). */
export interface Identity {
  readonly source: Source;
  readonly owner: string;
  readonly name: string;
  readonly organization: boolean;
  readonly clone_url: string;
}

/** The fields by which a GraphQL query confirms the ids. */
export const SOURCE = `id databaseId name owner {
  login
  ... on User { databaseId }
  ... on Organization { databaseId }
} defaultBranchRef { name target { oid } }`;

export const sourceShape = {
  id: z.string(),
  databaseId: z.number().int(),
  name: z.string(),
  owner: z.object({ login: z.string(), databaseId: z.number().int() }),
  defaultBranchRef: z.object({ name: z.string(), target: z.object({ oid: z.string() }) }),
};

const repositoryAnswer = z.object({
  id: z.number().int(),
  name: z.string(),
  clone_url: z.url({ protocol: /^https?$/ }),
  default_branch: z.string(),
  owner: z.object({ id: z.number().int(), login: z.string(), type: z.string() }),
});

export interface AccessRepository {
  /** What queries have told of it and of what is around it. */
  readonly ids: NodeIds;
  /** By REST, or from memory when it was confirmed within 90 s. */
  identity(): Promise<Identity>;
  /** By REST, whatever is remembered: what it is at this moment. */
  now(): Promise<Identity>;
  /** Something of it was not to be found: it is read anew when it is next asked for. */
  forget(): void;
  /** Confirms it by what a query has just answered; throws when it is another by now. */
  confirm(found: z.infer<z.ZodObject<typeof sourceShape>>): void;
}

/** The access repository's ids, so that following them costs no call of its own for each pull request. */
export function rememberRepository(client: Client): AccessRepository {
  const ids = keepNodeIds();
  let known: { readonly identity: Identity; readonly at: number } | null = null;
  const get = () =>
    client.octokit.request('GET /repos/{owner}/{repo}', { owner: client.owner, repo: client.name });
  const read = async (): Promise<Identity> => {
    const { data } = await get().catch((error: unknown) => {
      if (statusOf(error) !== 404) throw error;
      // Transferred to another account, it is seen by the installation there alone.
      client.forgetInstallation();
      return get();
    });
    const found = repositoryAnswer.parse(data);
    return {
      source: {
        installation_id: (await client.installation()).id,
        owner_id: found.owner.id,
        repository_id: found.id,
        default_branch: found.default_branch,
      },
      owner: found.owner.login,
      name: found.name,
      organization: found.owner.type === 'Organization',
      clone_url: found.clone_url,
    };
  };
  const now = async (): Promise<Identity> => {
    known = { identity: await read(), at: performance.now() };
    return known.identity;
  };
  return {
    ids,
    now,
    async identity() {
      if (known === null || performance.now() - known.at > REMEMBERED_MS) return now();
      return known.identity;
    },
    forget() {
      known = null;
    },
    confirm(found) {
      const source = known?.identity.source;
      if (
        known === null ||
        source?.repository_id !== found.databaseId ||
        source.owner_id !== found.owner.databaseId ||
        source.default_branch !== found.defaultBranchRef.name
      ) {
        known = null;
        throw new Error('the access repository became another while it was read');
      }
      const { owner, name } = found;
      ids.keep('repository', '', found.id);
      known = {
        identity: { ...known.identity, owner: owner.login, name },
        at: performance.now(),
      };
    },
  };
}
