import { z } from 'zod';
import { ask } from '../../../clients/github/graphql.js';
import { shaped } from '../../../clients/github/answers.js';
import type { App } from '../../../clients/github/app.js';
import { policyTreeId, type TreeEntry } from '../../../core/policy/tree-id.js';
import { GRANTS, POLICIES } from '../../../core/reading/folders.js';
import { OverLimits, Unreadable, type OwnFolders, type PolicyTree } from '../../../ports.js';
import { readPolicyFiles } from '../git/policy-tree.js';

type Place = { readonly owner: string; readonly repo: string };

const treeAnswer = z.object({
  truncated: z.boolean(),
  tree: z.array(
    z.object({
      path: z.string(),
      mode: z.string(),
      type: z.string(),
      sha: z.string(),
      size: z.number().optional(),
    }),
  ),
});
type ListedFile = z.infer<typeof treeAnswer>['tree'][number];

async function readTree(
  { octokit }: Pick<App, 'octokit'>,
  place: Place,
  tree_sha: string,
  recursive: boolean,
): Promise<readonly ListedFile[]> {
  const asked = { ...place, tree_sha, ...(recursive && { recursive: '1' }) };
  const { data } = await octokit.request('GET /repos/{owner}/{repo}/git/trees/{tree_sha}', asked);
  const { truncated, tree } = shaped(treeAnswer, data);
  if (truncated) throw new OverLimits('it has more files than GitHub lists at once');
  return tree.filter(({ type }) => type !== 'tree' || !recursive);
}

/** What one query asks for. */
const AT_ONCE = 50;

const blobsAnswer = z.object({
  repository: z.record(
    z.string(),
    z.object({ text: z.string().nullable(), isTruncated: z.boolean() }),
  ),
});

async function readTexts(
  app: Pick<App, 'octokit'>,
  { owner, repo: name }: Place,
  oids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (let at = 0; at < oids.length; at += AT_ONCE) {
    const some = oids.slice(at, at + AT_ONCE);
    const declared = some.map((_, i) => `, $b${i}: GitObjectID!`).join('');
    const each = some.map((_, i) => `b${i}: object(oid: $b${i}) { ...blob }`).join('\n');
    const query = `query Files($owner: String!, $name: String!${declared}) {
      repository(owner: $owner, name: $name) { ${each} }
    }
    fragment blob on Blob { text isTruncated }`;
    const variables = Object.fromEntries(some.map((oid, i) => [`b${i}`, oid]));
    const { repository } = await ask(app, query, { owner, name, ...variables }, blobsAnswer);
    for (const [i, oid] of some.entries()) {
      const { text, isTruncated } = repository[`b${i}`] ?? { text: null, isTruncated: false };
      if (text === null || isTruncated)
        throw new Unreadable(`a file of ${POLICIES}/ is not text, or too large`);
      texts.set(oid, text);
    }
  }
  return texts;
}

/** Reads `policies/` without a clone; what GitHub answers must have the very id that git gives it. */
async function readPolicies(
  app: Pick<App, 'octokit'>,
  place: Place,
  id: string,
): Promise<PolicyTree> {
  const found = await readTree(app, place, id, true);
  const sizes = new Map(found.map(({ sha, size = 0 }) => [sha, size]));
  const entries = found.map(({ path, mode, sha }): [string, TreeEntry] => [
    path,
    { mode, oid: sha },
  ]);
  const tree = await readPolicyFiles(
    {
      async readBlobs(blobs, max_total, largest = Number.POSITIVE_INFINITY) {
        const oids = [...new Set(blobs.map(({ oid }) => oid))];
        const small = oids.filter((oid) => (sizes.get(oid) ?? 0) < largest);
        const total = small.reduce((sum, oid) => sum + (sizes.get(oid) ?? 0), 0);
        if (total > max_total)
          throw new OverLimits(`the files are more than ${max_total} bytes together`);
        const texts = await readTexts(app, place, small);
        return new Map(oids.map((oid) => [oid, bytesOf(texts.get(oid))]));
      },
    },
    id,
    new Map(entries),
  );
  if (policyTreeId(tree) !== id)
    throw new Unreadable(`GitHub gave other text for ${POLICIES}/ than git has`);
  return tree;
}

const bytesOf = (text: string | undefined) =>
  text === undefined ? null : new TextEncoder().encode(text);

/** The paths below `access-grants/` of the access repository at a commit, by GitHub's API alone. */
export async function readGrantPaths(
  app: Pick<App, 'octokit'>,
  place: Place,
  tip: string,
): Promise<readonly string[]> {
  const root = await readTree(app, place, tip, false);
  return grantPaths(app, place, root);
}

async function grantPaths(
  app: Pick<App, 'octokit'>,
  place: Place,
  root: readonly ListedFile[],
): Promise<readonly string[]> {
  const folder = root.find(({ path, type }) => path === GRANTS && type === 'tree');
  const files = folder ? await readTree(app, place, folder.sha, true) : [];
  return files.map(({ path }) => `${GRANTS}/${path}`);
}

/** The two folders of the access repository at a commit, by GitHub's API alone. */
export async function readFolders(
  app: Pick<App, 'octokit'>,
  place: Place,
  tip: string,
): Promise<OwnFolders> {
  const root = await readTree(app, place, tip, false);
  const policies = root.find(({ path, type }) => path === POLICIES && type === 'tree');
  return {
    policies: policies ? await readPolicies(app, place, policies.sha) : null,
    grants: await grantPaths(app, place, root),
  };
}
