import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Person } from './people.js';
import { person } from './people.js';
import type { RunningGitHub } from './start.js';
import { startGitHub } from './start.js';
import { APP_KEY, OTHER_KEY, seed, signJwt } from './testing.js';
import type { CheckRunAnswer } from './views/types.js';

const RUNS = '/repos/acme/access/check-runs';
let github: RunningGitHub;
let app: Person;
let other: Person;
let head_sha: string;

beforeAll(async () => {
  github = await startGitHub(seed());
  const token = async (key: string, iss: number, id: number) => {
    const path = `/app/installations/${id}/access_tokens`;
    return (await person(github.url, signJwt(key, { iss })).must<{ token: string }>('POST', path))
      .token;
  };
  app = person(github.url, await token(APP_KEY, 4242, 77));
  other = person(github.url, await token(OTHER_KEY, 4343, 78));
  const ref = await app.must<{ object: { sha: string } }>(
    'GET',
    '/repos/acme/access/git/ref/heads/main',
  );
  head_sha = ref.object.sha;
}, 60_000);
afterAll(() => github.close());

const annotations = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    path: 'README.md',
    start_line: i + 1,
    end_line: i + 1,
    annotation_level: 'failure',
    message: 'wrong',
  }));
const output = { title: 't', summary: 's' };

test.each<[string, unknown]>([
  ['51 annotations', { output: { ...output, annotations: annotations(51) } }],
  ['a summary of 65,536 characters', { output: { ...output, summary: 'x'.repeat(65_536) } }],
  ['no summary', { output: { title: 't' } }],
  ['a commit that is not there', { head_sha: 'f'.repeat(40) }],
  ['an end without a conclusion', { status: 'completed' }],
  ['a conclusion that GitHub does not know', { conclusion: 'great' }],
])('a check run with %s is refused', async (_, wrong) => {
  const answer = await app.call('POST', RUNS, { name: 'daypass', head_sha, ...Object(wrong) });
  expect(answer.status).toBe(422);
});

test('people cannot make check runs, and an app changes only its own', async () => {
  const alice = person(github.url, 'tok_alice');
  expect((await alice.call('POST', RUNS, { name: 'daypass', head_sha })).status).toBe(403);
  const mine = await app.must<CheckRunAnswer>('POST', RUNS, { name: 'own', head_sha });
  expect((await other.call('PATCH', `${RUNS}/${mine.id}`, { conclusion: 'success' })).status).toBe(
    403,
  );
});

test('a run goes from queued to completed and back, and collects annotations', async () => {
  const first = await app.must<CheckRunAnswer>('POST', RUNS, { name: 'daypass', head_sha });
  expect([first.status, first.conclusion]).toEqual(['queued', null]);
  const patch = (body: unknown) => app.must<CheckRunAnswer>('PATCH', `${RUNS}/${first.id}`, body);
  const many = { output: { ...output, summary: 'x'.repeat(65_535), annotations: annotations(50) } };
  expect((await patch({ conclusion: 'failure', ...many })).status).toBe('completed');
  const more = await patch({ output: { ...output, annotations: annotations(1) } });
  expect([more.conclusion, more.output.annotations_count]).toEqual(['failure', 51]);
  const page = await app.must<unknown[]>('GET', `${RUNS}/${first.id}/annotations?per_page=100`);
  expect(page).toHaveLength(51);
  const again = await patch({ status: 'in_progress' });
  expect([again.conclusion, again.completed_at]).toEqual([null, null]);
});

test('the runs of a commit are the newest of each name and app', async () => {
  const create = (who: Person, conclusion: string) =>
    who.must<CheckRunAnswer>('POST', RUNS, { name: 'twice', head_sha, conclusion });
  await create(app, 'failure');
  const newest = await create(app, 'success');
  const theirs = await create(other, 'success');
  const path = `/repos/acme/access/commits/main/check-runs?check_name=twice`;
  const list = await app.must<{ check_runs: { id: number }[] }>('GET', path);
  expect(list.check_runs.map(({ id }) => id)).toEqual([theirs.id, newest.id]);
  const all = await app.must<{ total_count: number }>('GET', `${path}&filter=all&app_id=4242`);
  expect(all.total_count).toBe(2);
});
