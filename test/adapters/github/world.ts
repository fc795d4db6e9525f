import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '../../../src/clients/github/app.js';
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

/** A GitHub of its own, everybody on it, and the ports connected to it; `change` edits the seed. */
export async function startWorld(change: (seed: SeedInput) => SeedInput = (same) => same) {
  const github = await startGitHub(change(seed()));
  const folder = await mkdtemp(join(tmpdir(), 'daypass-mirror-'));
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
    // Tests share the machine.
    deadline_ms: 60_000,
    mirror: join(folder, 'mirror'),
  };
  /** A mirror of the access repository in a folder of its own below that of this world. */
  const openMirrorOf = (name: string, options?: Parameters<typeof openMirror>[2]) => {
    const client = createClient(config);
    const remote = { url: `${github.url}/${REPO}.git`, token: client.token };
    const parent = join(folder, name);
    const mirror = openMirror(parent, () => Promise.resolve(remote), options);
    /** Where the mirror is now. */
    const dir = async () => join(parent, (await readdir(parent)).join());
    return { client, remote, mirror, parent, dir };
  };
  return {
    github,
    as,
    config,
    folder,
    openMirror: openMirrorOf,
    ports: connectGitHub(config),
    /** What the stand-in was asked since `fresh`, as `GET /route`; tokens and git are not counted. */
    calls: () =>
      github.github.calls
        .list()
        .filter(({ route }) => !/^GIT |access_tokens$|installation$/.test(route))
        .map(({ method, route }) => `${method} ${route}`),
    /** How often git asked since `fresh`. */
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

/** alice asks for access on a branch of her own; answers the pull request's number and its head. */
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
