import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import type { Source } from '../../core/ledger/events.js';
import type { Client } from '../../clients/github/app.js';
import { keepNodeIds } from './node-ids.js';
import type { NodeIds } from './node-ids.js';
import { statusOf } from '../../clients/github/requests.js';

/** Every query of this adapter confirms the ids, and the worker's sweep makes one each minute. */
const REMEMBERED_MS = 90_000;

/** The ids and current names of the access repository (invariant 10). */
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

/** A repository whose ids are known, for queries about it and the people around it. */
export interface IdentifiedRepository {
  /** The global ids of it, its pull requests, teams and people, from earlier queries. */
  readonly ids: NodeIds;
  identity(): Promise<
    Pick<Identity, 'owner' | 'name' | 'organization'> & {
      readonly source: Pick<Source, 'owner_id' | 'repository_id'>;
    }
  >;
  /** Confirms it with what a query has just returned; throws if it is another repository by now. */
  confirm(found: z.infer<z.ZodObject<typeof sourceShape>>): void;
}

export interface AccessRepository extends IdentifiedRepository {
  /** By REST, or from memory when confirmed within the last 90 s. */
  identity(): Promise<Identity>;
  /** By REST always: what it is at this moment. */
  now(): Promise<Identity>;
  /** Call it when part of the repository was not found: the next `identity` reads it again. */
  forget(): void;
}

/** The error for an id that is another's. */
export const replaced = () =>
  new Error('the access repository was replaced by another one while it was being read');

/** Remembers the access repository's ids, so that checking them costs no extra call for each pull request. */
export function rememberRepository(client: Client): AccessRepository {
  const ids = keepNodeIds();
  let known: { readonly identity: Identity; readonly at: number } | null = null;
  const get = () =>
    client.octokit.request('GET /repos/{owner}/{repo}', { owner: client.owner, repo: client.name });
  const read = async (): Promise<Identity> => {
    const { data } = await get().catch((error: unknown) => {
      if (statusOf(error) !== 404) throw error;
      // After a transfer to another account, only the installation there sees it.
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
        throw replaced();
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
