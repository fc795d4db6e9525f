import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clone } from '../../../../lab/github/people.js';
import type { World } from '../world.js';
import { GRANT, REPO, startWorld } from '../world.js';

jest.setTimeout(120_000);

const FILE = 'access-grants/production/a.yml';
const BY_BOB = ['--author', 'bob <bob@acme.test>'];
/** The author and committer, as options of git. */
const as = (name: string, email = `${name}@acme.test`) => [
  ...['-c', `user.name=${name}`],
  ...['-c', `user.email=${email}`],
];
const WEB = as('GitHub', 'noreply@github.com');

/** One commit of $1 more than Daypass looks up. */
const MANY = `f() { mkdir -p "$(dirname "$1")"; for i in $(seq 201); do echo $i > "$1"; git add "$1"; git commit -qm $i; done; }; f`;

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

/** Writes a file in a clone and commits it, with options of git and of the commit. */
async function commit(
  { dir, git }: Clone,
  file: string,
  options: { git?: string[]; commit?: string[]; content?: string } = {},
): Promise<string> {
  await mkdir(dirname(join(dir, file)), { recursive: true });
  await writeFile(join(dir, file), options.content ?? GRANT);
  await git('add', '--all');
  const commits = ['commit', '--quiet', '--message', 'x', ...(options.commit ?? [])];
  await git(...(options.git ?? []), ...commits);
  return git('rev-parse', 'HEAD');
}

/** alice pushes what `work` made of a new branch; `work` returns the commit that matters. */
async function asked(branch: string, work: (clone: Clone) => Promise<string>) {
  const alice = world.as('alice');
  const clone = await alice.clone(REPO);
  await clone.git('checkout', '--quiet', '--force', '-B', branch, 'origin/main');
  const sha = await work(clone);
  await clone.git('push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`);
  const { number } = await alice.openPullRequest(REPO, { title: branch, head: branch });
  const look = async () => {
    const { tip } = await world.ports.repository.source();
    const query = { number, tip, step: null, teams: [] };
    const { people, unknown } = (await world.ports.pullRequests.snapshot(query)).contributors;
    return { who: people.map(({ login }) => login), unknown };
  };
  return { number, look, sha };
}

/** A side branch off main on which carol commits a grant, merged by erin into what is checked out. */
async function mergeSide(clone: Clone, evil: boolean): Promise<string> {
  const { git } = clone;
  const branch = await git('branch', '--show-current');
  await commit(clone, FILE);
  await git('checkout', '--quiet', '-B', `${branch}-side`, 'origin/main');
  const carols = { git: as('carol'), content: `${GRANT}# carol's\n` };
  await commit(clone, 'access-grants/production/side.yml', carols);
  await git('checkout', '--quiet', branch);
  await git(...as('erin'), 'merge', '--quiet', '--no-commit', '--no-ff', `${branch}-side`);
  if (evil) await writeFile(join(clone.dir, FILE), `${GRANT}# neither side has this\n`);
  // Takes its own side of every file, so that its tree is that of a parent, or makes one that no parent has.
  else await git('checkout', '--quiet', branch, '--', '.');
  if (!evil) await git('rm', '--quiet', '--force', 'access-grants/production/side.yml');
  await git('add', '--all');
  await git(...as('erin'), 'commit', '--quiet', '--message', 'Merge');
  return git('rev-parse', 'HEAD');
}

describe('invariant 4: contributors of a pull request', () => {
  test.each<[string, (clone: Clone) => Promise<string>, string[]]>([
    ['the pusher', (clone) => commit(clone, FILE), ['alice']],
    ['an author', (clone) => commit(clone, FILE, { commit: BY_BOB }), ['alice', 'bob']],
    [
      'a co-author',
      (clone) => commit(clone, FILE, { commit: ['-m', 'Co-authored-by: carol <carol@acme.test>'] }),
      ['alice', 'carol'],
    ],
    ['a committer', (clone) => commit(clone, FILE, { git: as('bob') }), ['alice', 'bob']],
    [
      "GitHub's web committer aside",
      (clone) => commit(clone, FILE, { git: WEB, commit: ['--author', 'alice <alice@acme.test>'] }),
      ['alice'],
    ],
    [
      'not the author of what touches neither grants nor policies',
      async (clone) => {
        await commit(clone, 'README.md', { commit: BY_BOB });
        return commit(clone, FILE);
      },
      ['alice'],
    ],
    [
      'the author of a policy',
      (clone) => commit(clone, 'policies/settings.yaml', { commit: BY_BOB }),
      ['alice', 'bob'],
    ],
    [
      'the author of a commit that was undone',
      async (clone) => {
        await commit(clone, 'access-grants/production/b.yml', { commit: BY_BOB });
        await clone.git('revert', '--no-edit', 'HEAD');
        return commit(clone, FILE);
      },
      ['alice', 'bob'],
    ],
    [
      'whoever committed on a merged branch, not who merged it as it was',
      (clone) => mergeSide(clone, false),
      ['alice', 'carol'],
    ],
    [
      'whoever made a merge that differs from every parent',
      (clone) => mergeSide(clone, true),
      ['alice', 'carol', 'erin'],
    ],
    [
      'whoever began another history that was merged in',
      async (clone) => {
        const branch = await clone.git('branch', '--show-current');
        await commit(clone, 'README.md');
        await clone.git('checkout', '--quiet', '--orphan', 'root-of-another');
        await commit(clone, FILE, { git: as('bob'), commit: BY_BOB });
        await clone.git('checkout', '--quiet', branch);
        await clone.git(
          'merge',
          '--quiet',
          '--allow-unrelated-histories',
          '-X',
          'ours',
          '-m',
          'm',
          'root-of-another',
        );
        return clone.git('rev-parse', 'HEAD');
      },
      ['alice', 'bob'],
    ],
  ])('%s', async (name, work, who) => {
    const { look } = await asked(name.replaceAll(/\W+/g, '-'), work);
    expect(await look()).toEqual({ who, unknown: [] });
  });

  test('an author without an account keeps every approval from counting, and the report names the commit', async () => {
    const author = ['--author', 'Nobody <secret@nowhere.test>'];
    const { look, sha } = await asked('unknown', (clone) =>
      commit(clone, FILE, { commit: author }),
    );
    const { who, unknown } = await look();
    expect(who).toEqual(['alice']);
    expect(unknown).toEqual([
      `commit ${sha.slice(0, 10)} has an author without a GitHub account: amend it with an address that a GitHub account has, and push again`,
    ]);
  });

  test('somebody else who pushed, the person who pressed "Update branch", and commits that were pushed away', async () => {
    const { number, look } = await asked('pushed', (clone) => commit(clone, FILE));
    await world.as('carol').push(REPO, { branch: 'pushed', files: { 'README.md': 'carol' } });
    // alice pushed it away, but it had been pushed.
    const { git } = await world.as('alice').clone(REPO);
    await git('checkout', '--quiet', '-B', 'pushed', 'origin/pushed~1');
    await git('commit', '--quiet', '--amend', '-m', 'y');
    await git('push', '--quiet', '--force', 'origin', 'pushed');
    await world.as('root').push(REPO, { branch: 'main', files: { 'NEWS.md': 'new' } });
    await world.as('bob').must('PUT', `/repos/${REPO}/pulls/${number}/update-branch`, {});
    await expect(look()).resolves.toEqual({ who: ['alice', 'bob', 'carol'], unknown: [] });
  });

  test('there are more contributing commits than Daypass looks up', async () => {
    const { look } = await asked('many', async ({ git }) => {
      await git('-c', `alias.many=!${MANY}`, 'many', FILE);
      return git('rev-parse', 'HEAD');
    });
    expect(await look()).toMatchObject({
      unknown: [
        'the commits of many are too many or share no history with the base: start a new branch from it',
      ],
    });
  });

  test('the activity of the branch cannot be read, as in a private fork', async () => {
    const { look } = await asked('forked', (clone) => commit(clone, FILE));
    world.fault({ match: { route: '/repos/{owner}/{repo}/activity' }, do: { status: 404 } });
    expect(await look()).toEqual({
      who: ['alice'],
      unknown: [
        'cannot read who pushed to forked: push the branch to this repository, and open the pull request from there',
      ],
    });
  });
});
