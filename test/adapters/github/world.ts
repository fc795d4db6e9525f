import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accountFor } from '../../../src/clients/account.js';
import { createClient } from '../../../src/clients/github/app.js';
import type { CloneOptions } from '../../../src/adapters/github/git/clone.js';
import { openClone } from '../../../src/adapters/github/git/clone.js';
import { openMirror } from '../../../src/adapters/github/git/mirror.js';
import { connectGitHub } from '../../../src/adapters/github/github.js';
import type { FaultInput } from '../../../lab/github/faults.js';
import { faultSchema } from '../../../lab/github/faults.js';
import type { Person } from '../../../lab/github/people.js';
import { person } from '../../../lab/github/people.js';
import type { SeedInput } from '../../../lab/github/seed.js';
import { startGitHub } from '../../../lab/github/start.js';
import { APP_KEY, seed } from '../../../lab/github/testing.js';

export const REPO = 'acme/access';

export const GRANT =
  'subject: alice\nresource: orders-db\nrole: read-only\nduration: 4h\nreason: x\n';

type Login = 'root' | 'alice' | 'bob' | 'carol' | 'erin' | 'mallory' | 'zed';

/** Its own GitHub, with everybody on it, and the ports connected to it; `change` edits the seed. */
export async function startWorld(change: (seed: SeedInput) => SeedInput = (same) => same) {
  const github = await startGitHub(change(seed()));
  const folder = await mkdtemp(join(tmpdir(), 'daypass-mirror-'));
  // As in a worker: where the tests run as root, git has an account of its own.
  const { account, obstacle } = await accountFor('git', {
    folder,
    through: [folder],
    paths: ['git', folder],
  });
  if (obstacle !== null) throw new Error(obstacle);
  const people = new Map<string, Person>();
  const as = (login: Login): Person => {
    const known = people.get(login) ?? person(github.url, `tok_${login}`);
    people.set(login, known);
    return known;
  };
  const config = {
    appId: 4242,
    privateKey: APP_KEY,
    apiUrl: github.url,
    repository: REPO,
    retries_ms: [1, 1],
    // Tests share the machine, so deadlines are long.
    deadline_ms: 60_000,
    mirror: join(folder, 'mirror'),
    account,
  };
  /** The template for clones of the access repository, below its own folder in this world's folder. */
  const source = (name: string) => {
    const client = createClient(config);
    const remote = { url: `${github.url}/${REPO}.git`, token: client.token };
    const parent = join(folder, name);
    /** The folder of the one clone. */
    const dir = async () => join(parent, (await readdir(parent)).join());
    return { client, remote, parent, dir };
  };
  return {
    github,
    as,
    config,
    account,
    folder,
    openClone(name: string, options?: CloneOptions) {
      const from = source(name);
      const clones = openClone(from.parent, async () => from.remote, { account, ...options });
      return { ...from, clones, clone: clones.heads };
    },
    openMirror(name: string) {
      const from = source(name);
      return { ...from, mirror: openMirror(from.parent, async () => from.remote, { account }) };
    },
    ports: connectGitHub(config),
    /** The calls to the stand-in since `fresh`, as `GET /route`, without those for tokens and by git. */
    calls: () =>
      github.github.calls
        .list()
        .filter(({ route }) => !/^GIT |access_tokens$|installation$/.test(route))
        .map(({ method, route }) => `${method} ${route}`),
    /** How often git called since `fresh`. */
    fetches: () =>
      github.github.calls.list().filter(({ route }) => route.startsWith('GIT ')).length,
    fresh: () => github.github.calls.clear(),
    fault: (fault: FaultInput) => github.github.faults.add(faultSchema.parse(fault)),
    async close() {
      for (const one of people.values()) await one.close();
      await github.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export type World = Awaited<ReturnType<typeof startWorld>>;

/** alice asks for access on her own branch; returns the pull request's number and its head. */
export async function ask(
  world: World,
  branch = 'ask',
  files: Readonly<Record<string, string>> = { 'access-grants/production/a.yml': GRANT },
): Promise<{ number: number; head: string }> {
  const alice = world.as('alice');
  const head = await alice.push(REPO, { branch, files });
  const { number } = await alice.openPullRequest(REPO, {
    title: `Access (${branch})`,
    head: branch,
  });
  return { number, head };
}
