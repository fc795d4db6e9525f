import { z } from 'zod';
import { QueryFailed, shaped } from '../../../clients/github/answers.js';
import { listPages } from '../../../clients/github/lists.js';
import type { ApiPlace } from '../../../clients/github/octokit.js';
import { connectPerson } from '../../../clients/github/person.js';
import { Unreadable, type OwnAccess, type OwnView } from '../../../ports.js';
import { replaced, type IdentifiedRepository } from '../access-repository.js';
import { readFacts } from '../facts/facts.js';
import { account } from '../facts/people.js';
import { keepNodeIds } from '../node-ids.js';
import { readFolders } from './content.js';
import { propose } from './propose.js';
import { inWords } from './refusals.js';

const repositoryAnswer = z.object({
  id: z.number().int(),
  full_name: z.string(),
  default_branch: z.string(),
  archived: z.boolean(),
  owner: z.object({ id: z.number().int(), login: z.string(), type: z.string() }),
  permissions: z.object({ push: z.boolean() }).optional(),
});
const refAnswer = z.object({ object: z.object({ sha: z.string() }) });
const refsAnswer = z.array(z.object({ ref: z.string() }));

interface Found {
  readonly view: OwnView;
  readonly known: IdentifiedRepository;
}

/** GitHub as a person sees it: the port `OwnAccess` on one repository (`owner/name`). */
export function connectAsPerson(
  config: ApiPlace & { readonly token: string; readonly repository: string },
): OwnAccess {
  const app = connectPerson(config);
  const { octokit } = app;
  const { repository } = config;
  const place = placeOf(repository);
  let found: Found | null = null;

  const read = async (): Promise<Found> => {
    const asking = { login: null as string | null };
    try {
      const me = shaped(account, (await octokit.request('GET /user')).data);
      if (me?.type !== 'User')
        throw new Error('access is requested by people: this token belongs to none');
      asking.login = me.login;
      const { data } = await octokit.request('GET /repos/{owner}/{repo}', place);
      const of = shaped(repositoryAnswer, data);
      const ref = `heads/${of.default_branch}`;
      const asked = { ...placeOf(of.full_name), ref };
      const head = await octokit.request('GET /repos/{owner}/{repo}/git/ref/{ref}', asked);
      const view = {
        person: { id: me.id, login: me.login },
        repository: of.full_name,
        default_branch: of.default_branch,
        tip: shaped(refAnswer, head.data).object.sha,
        may_push: (of.permissions?.push ?? false) && !of.archived,
      };
      return { view, known: knownAs(of) };
    } catch (error) {
      const what = 'the access repository could not be read';
      throw new Error(inWords(error, what, { repository, login: asking.login }), { cause: error });
    }
  };
  const once = async () => (found ??= await read());
  const here = async () => placeOf((await once()).view.repository);
  return {
    view: async () => (await once()).view,
    folders: async (tip) => readFolders(app, await here(), tip),
    async people({ teams, logins }) {
      const asked = { number: null, commits: [], families: [], teams };
      try {
        return await readFacts(app, (await once()).known, {
          ...asked,
          logins: [...new Set(logins)],
        });
      } catch (error) {
        if (!(error instanceof QueryFailed)) throw error;
        throw new Unreadable(error.message, { cause: error });
      }
    },
    async branches(prefix) {
      const route = 'GET /repos/{owner}/{repo}/git/matching-refs/{ref}';
      const names: string[] = [];
      for await (const page of listPages(app, route, { ...(await here()), ref: `heads/${prefix}` }))
        names.push(...shaped(refsAnswer, page).map(({ ref }) => ref.replace('refs/heads/', '')));
      return names;
    },
    propose: async (proposal) => propose(app, (await once()).view, proposal),
  };
}

function placeOf(repository: string) {
  const [owner = '', repo = ''] = repository.split('/');
  return { owner, repo };
}

/** For queries about people, which confirm that it is still the same repository. */
function knownAs(of: z.infer<typeof repositoryAnswer>): IdentifiedRepository {
  const { owner, repo: name } = placeOf(of.full_name);
  return {
    ids: keepNodeIds(),
    identity: async () => ({
      ...{ owner, name, organization: of.owner.type === 'Organization' },
      source: { owner_id: of.owner.id, repository_id: of.id },
    }),
    confirm({ databaseId }) {
      if (databaseId !== of.id) throw replaced();
    },
  };
}
